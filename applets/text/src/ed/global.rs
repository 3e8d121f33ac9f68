//! Commands for all lines that match.

use super::{Done, Editor};
use applet::prelude::*;

impl Editor<'_, '_> {
    /// g, v, G, V: marks the lines, then does the commands for each that is still there.
    pub fn global(&mut self, letter: u8, text: &mut &[u8]) -> Done {
        if self.script.is_some() {
            return self.fail(b"Cannot nest global commands");
        }
        let Some((&delimiter, rest)) = text.split_first() else {
            return self.fail(b"Missing pattern delimiter");
        };
        if delimiter == b' ' {
            return self.fail(b"Invalid pattern delimiter");
        }
        *text = rest;
        self.pattern(text, delimiter, false)?;
        *text = text.strip_prefix(&[delimiter]).unwrap_or(text);
        let wanted = letter.eq_ignore_ascii_case(&b'g');
        let asks = letter.is_ascii_uppercase();
        let mut marked = Vec::new();
        for line in self.range.first.max(1)..=self.range.last {
            if self.matches(line) == wanted {
                marked.push(self.buffer.id(line));
            }
        }
        let commands = if asks { Vec::new() } else { self.command_list(core::mem::take(text)) };
        if commands == b"d" {
            // One by one this would be long.
            if !marked.is_empty() {
                self.buffer.keep();
                self.buffer.remove_all(&marked);
            }
            return Ok(());
        }
        let mut last = Vec::new();
        let mut hint = 1;
        for id in marked {
            let Some(line) = self.buffer.find(id, hint) else { continue };
            hint = line;
            self.buffer.current = line;
            let mut script = commands.clone();
            if asks {
                self.print_line(line, 0);
                let Some(answer) = self.line() else { return self.fail(b"Unexpected end-of-file") };
                match answer.as_slice() {
                    b"" => continue,
                    b"&" if last.is_empty() => return self.fail(b"No previous command"),
                    b"&" => script.clone_from(&last),
                    _ => script = self.command_list(&answer),
                }
                last.clone_from(&script);
            }
            let result = self.run_script(script);
            if result.is_err() || self.quit || self.cx.out.failed() {
                return result;
            }
        }
        Ok(())
    }

    /// The commands behind the pattern: further lines belong to them while a line ends with a backslash.
    fn command_list(&mut self, first: &[u8]) -> Vec<u8> {
        let mut list = first.to_vec();
        while super::command::ends_open(&list) {
            list.pop();
            list.push(b'\n');
            match self.line() {
                Some(line) => list.extend_from_slice(&line),
                None => break,
            }
        }
        if list.is_empty() {
            list.push(b'p');
        }
        list
    }

    fn run_script(&mut self, script: Vec<u8>) -> Done {
        self.script = Some((script, 0));
        let mut result = Ok(());
        while result.is_ok()
            && let Some(line) = self.line()
        {
            result = self.commands(&line, false);
        }
        self.script = None;
        result
    }
}
