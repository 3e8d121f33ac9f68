//! The transcript format: blocks of commands and what they print. See `README.md` for its description.

use anyhow::{Context, Result, anyhow, bail};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One test: a script, the circumstances it runs in, and what is expected of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub title: String,
    /// Line of the title in its file, from 1.
    pub line: usize,
    /// The shell script, without the `$ ` and `> `.
    pub script: Vec<u8>,
    pub stdout: Vec<u8>,
    pub stderr: Stderr,
    pub status: i32,
    pub directives: Directives,
}

/// What is expected on standard error.
#[derive(Debug, Clone, PartialEq)]
pub enum Stderr {
    Exactly(Vec<u8>),
    Anything,
}

/// The `@ ` lines of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Directives {
    /// Needs uid 0; runs in a mount namespace of its own.
    pub root: bool,
    /// Runs while no other block does.
    pub serial: bool,
    /// Standard input, output and error are a terminal.
    pub tty: bool,
    /// Typed on that terminal, one after the other, each when the output has come to rest.
    pub typed: Vec<Vec<u8>>,
    pub timeout: Duration,
    /// Added to the environment.
    pub env: Vec<(String, String)>,
    /// Namespaces of its own: `net`, `uts`, `ipc` ...
    pub unshare: Vec<String>,
    /// Why the expectation is right though no oracle agrees.
    pub own: Option<String>,
    /// Oracles that are not asked.
    pub skip_oracles: Vec<String>,
    /// Why this says nothing about a binary that runs under an emulator.
    pub skip_runner: Option<String>,
}

impl Default for Directives {
    fn default() -> Self {
        Directives {
            root: false,
            serial: false,
            tty: false,
            typed: Vec::new(),
            timeout: Duration::from_secs(10),
            env: Vec::new(),
            unshare: Vec::new(),
            own: None,
            skip_oracles: Vec::new(),
            skip_runner: None,
        }
    }
}

/// A `.test` file: `tests/<family>/<applet>.test`.
pub struct File {
    pub path: PathBuf,
    pub family: String,
    pub applet: String,
    /// The blocks, or what is wrong with the file.
    pub blocks: Result<Vec<Block>>,
}

/// Reads every transcript below `root`, sorted by name.
pub fn read_all(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for family in sorted(root)?.iter().filter(|p| p.is_dir()) {
        for path in sorted(family)?.into_iter().filter(|p| p.extension().is_some_and(|e| e == "test")) {
            let blocks = std::fs::read(&path).map_err(Into::into).and_then(|text| parse(&text));
            files.push(File { family: stem(family), applet: stem(&path), path, blocks });
        }
    }
    Ok(files)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.map(|e| Ok(e?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Parses the text of one file.
pub fn parse(text: &[u8]) -> Result<Vec<Block>> {
    let lines: Vec<&[u8]> = match text.strip_suffix(b"\n").unwrap_or(text) {
        b"" => Vec::new(),
        text => text.split(|&b| b == b'\n').collect(),
    };
    let starts: Vec<usize> = (0..lines.len())
        .filter(|&i| lines[i].starts_with(b"# ") && (i == 0 || lines[i - 1].is_empty()))
        .collect();
    let before = starts.first().copied().unwrap_or(lines.len());
    if let Some(i) = lines[..before].iter().position(|l| !l.is_empty()) {
        bail!("line {}: a block begins with a title, `# ...`", i + 1);
    }
    if starts.is_empty() {
        bail!("line 1: no block in this file");
    }
    let mut blocks: Vec<Block> = Vec::new();
    for (n, &start) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(lines.len());
        let block = Parser::default().block(&lines[start..end], start + 1)?;
        if let Some(twin) = blocks.iter().find(|b| b.title == block.title) {
            bail!("line {}: the title of line {} again: {:?}", block.line, twin.line, block.title);
        }
        blocks.push(block);
    }
    Ok(blocks)
}

/// Collects one block line by line.
#[derive(Default)]
struct Parser {
    script: Vec<u8>,
    out: Vec<Vec<u8>>,
    err: Vec<Vec<u8>>,
    any_err: bool,
    status: Option<i32>,
    directives: Directives,
}

impl Parser {
    fn block(mut self, lines: &[&[u8]], line: usize) -> Result<Block> {
        let blank = lines.iter().rev().take_while(|l| l.is_empty()).count();
        let lines = &lines[..lines.len() - blank];
        let title = String::from_utf8_lossy(&lines[0][2..]).trim().to_string();
        let first = lines
            .iter()
            .position(|l| l.starts_with(b"$ "))
            .ok_or_else(|| anyhow!("line {line}: no `$ ` line in this block"))?;
        let last = lines[first..].iter().position(|l| !is_command(l)).map_or(lines.len(), |n| first + n);
        for (n, text) in lines.iter().enumerate().skip(1) {
            let done = if n < first {
                self.directive(text)
            } else if n < last {
                self.script.extend_from_slice(text.get(2..).unwrap_or_default());
                self.script.push(b'\n');
                Ok(())
            } else {
                self.expectation(text)
            };
            done.with_context(|| format!("line {}", line + n)).map_err(|e| anyhow!("{e:#}"))?;
        }
        if self.any_err && !self.err.is_empty() {
            bail!("line {line}: `!*` stands alone, without other `!` lines");
        }
        let stderr = if self.any_err { Stderr::Anything } else { Stderr::Exactly(join(&self.err)) };
        let (stdout, status) = (join(&self.out), self.status.unwrap_or(0));
        if self.directives.tty && stderr != Stderr::Exactly(Vec::new()) {
            bail!("line {line}: on a terminal (`@ tty`) standard error is part of the output");
        }
        Ok(Block { title, line, script: self.script, stdout, stderr, status, directives: self.directives })
    }

    /// A line between the title and the first command: `# remark`, `@ directive` or blank.
    fn directive(&mut self, line: &[u8]) -> Result<()> {
        let line = str::from_utf8(line)?;
        if line.is_empty() || line.starts_with("# ") || line == "#" {
            return Ok(());
        }
        let Some(line) = line.strip_prefix("@ ") else {
            bail!("expected `@ directive`, `$ command` or `# remark`")
        };
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let d = &mut self.directives;
        match word.trim_end_matches(':') {
            "root" => d.root = true,
            "serial" => d.serial = true,
            "tty" => d.tty = true,
            "type" => d.typed.push(unescape(rest)?),
            "timeout" => d.timeout = Duration::from_secs(rest.parse().context("@ timeout SECONDS")?),
            "env" => {
                let (name, value) = rest.split_once('=').context("@ env NAME=VALUE")?;
                d.env.push((name.into(), value.into()));
            }
            "unshare" => d.unshare = rest.split_whitespace().map(Into::into).collect(),
            "own" if !rest.is_empty() => d.own = Some(rest.into()),
            "own" => bail!("@ own: REASON"),
            "skip-runner" if !rest.is_empty() => d.skip_runner = Some(rest.into()),
            "skip-runner" => bail!("@ skip-runner: REASON"),
            "skip-oracle" => {
                let (names, _reason) = rest.split_once(':').context("@ skip-oracle NAME...: REASON")?;
                d.skip_oracles = names.split_whitespace().map(Into::into).collect();
            }
            _ => bail!("no such directive: @ {word}"),
        }
        Ok(())
    }

    /// A line after the commands.
    fn expectation(&mut self, line: &[u8]) -> Result<()> {
        match line {
            b"!*" => self.any_err = true,
            b"!" => self.err.push(Vec::new()),
            [b'!', b' ', text @ ..] => self.err.push(text.to_vec()),
            [b'?', b' ', number @ ..] => {
                let number = str::from_utf8(number)?.trim().parse().context("expected `? STATUS`")?;
                if self.status.replace(number).is_some() {
                    bail!("a second `? STATUS`");
                }
            }
            [b'\\', text @ ..] => self.out.push(text.to_vec()),
            [b'!' | b'?', ..] => bail!("output that begins with `!` or `?` is written with a leading `\\`"),
            [b'$', b' ', ..] => {
                bail!("commands come first; output that begins with `$ ` is written with a leading `\\`")
            }
            text => self.out.push(text.to_vec()),
        }
        Ok(())
    }
}

fn is_command(line: &[u8]) -> bool {
    line.starts_with(b"$ ") || line.starts_with(b"> ") || line == b">"
}

/// Lines to bytes; `\c` at the very end takes the final newline away.
fn join(lines: &[Vec<u8>]) -> Vec<u8> {
    let mut all = Vec::new();
    for line in lines {
        all.extend_from_slice(line);
        all.push(b'\n');
    }
    if all.ends_with(b"\\c\n") {
        all.truncate(all.len() - 3);
    }
    all
}

/// `\n`, `\r`, `\t`, `\e`, `\\` and `\xHH` of `@ type`.
fn unescape(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte != b'\\' {
            byte
        } else {
            match rest.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'e') => 0x1b,
                Some(b'\\') => b'\\',
                Some(b'x') => {
                    let hex = [rest.next().unwrap_or(b' '), rest.next().unwrap_or(b' ')];
                    u8::from_str_radix(str::from_utf8(&hex)?, 16).context("expected \\xHH")?
                }
                _ => bail!("expected one of \\n \\r \\t \\e \\\\ \\xHH"),
            }
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Block {
        parse(text.as_bytes()).unwrap().remove(0)
    }

    fn error(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_block() {
        let b = one(
            "# a title\n# a remark\n@ root\n@ env A=b c\n@ timeout 3\n$ cat <<E\n> x\n>\n> E\n$ false\nx\n\n! e1\n? 1\n\n\n",
        );
        assert_eq!((b.title.as_str(), b.line, b.status), ("a title", 1, 1));
        assert_eq!(b.script, b"cat <<E\nx\n\nE\nfalse\n");
        assert_eq!(b.stdout, b"x\n\n");
        assert_eq!(b.stderr, Stderr::Exactly(b"e1\n".to_vec()));
        assert!(b.directives.root && b.directives.timeout.as_secs() == 3);
        assert_eq!(b.directives.env, [("A".into(), "b c".into())]);
    }

    #[test]
    fn blocks_are_split_at_a_blank_line_and_a_title() {
        let blocks = parse(b"# a\n$ x\n1\n# no title\n\n2\n\n# b\n$ y\n").unwrap();
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].stdout, b"1\n# no title\n\n2\n");
        assert_eq!((blocks[1].line, blocks[1].stdout.as_slice()), (8, &b""[..]));
    }

    #[test]
    fn escapes() {
        assert_eq!(one("# t\n$ x\n\\!a\n\\\\b\n\\# c\n\\$ d\n\\\n").stdout, b"!a\n\\b\n# c\n$ d\n\n");
        assert_eq!(one("# t\n$ x\na\\c\nb\\c\n").stdout, b"a\\c\nb");
        assert_eq!(one("# t\n$ x\n!*\n").stderr, Stderr::Anything);
        assert_eq!(one("# t\n$ diff\n1c1\n< a\n> b\n").stdout, b"1c1\n< a\n> b\n");
        assert_eq!(one("# t\n@ tty\n@ type \\x03a\\e\\r\n$ x\n").directives.typed, [b"\x03a\x1b\r".to_vec()]);
    }

    #[test]
    fn errors_name_the_line() {
        assert!(error("").starts_with("line 1: no block"));
        assert!(error("\nls\n").starts_with("line 2: a block begins"));
        assert!(error("# t\nls\n").starts_with("line 1: no `$ `"));
        assert!(error("# t\n@ rot\n$ x\n").starts_with("line 2: no such directive"));
        assert!(error("# t\n$ x\na\n$ y\n").starts_with("line 4: commands come first"));
        assert!(error("# t\n$ x\n?1\n").starts_with("line 3: output that begins"));
        assert!(error("# t\n$ x\n? 1\n? 2\n").starts_with("line 4: a second"));
        assert!(error("# t\n$ x\n!*\n! a\n").starts_with("line 1: `!*`"));
        assert!(error("# t\n$ x\n\n# t\n$ y\n").starts_with("line 4: the title of line 1 again"));
    }
}
