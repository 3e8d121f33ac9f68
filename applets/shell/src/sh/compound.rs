//! Compound commands (POSIX.1-2024 XCU 2.9.4), and `[[ ]]`.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::param::math;
use super::parser::*;
use super::symbols::{Sym, is_name, place_of};
use super::tree::*;

impl Parser<'_> {
    pub fn command(&mut self) -> Command {
        self.deeper();
        let command = self.any_command();
        self.depth -= 1;
        command
    }

    fn any_command(&mut self) -> Command {
        while self.expand_alias(true) {}
        let line = self.source.line;
        let command = match self.look(true) {
            BRACKET => {
                self.take();
                match self.math_command() {
                    Some(math) => Command::Math(math, line),
                    None => {
                        let list = self.body();
                        self.expect_closing();
                        Command::Subshell(Rc::new(list))
                    }
                }
            }
            WORD => match self.word.plain().and_then(reserved) {
                // `function`, `select`, `time` and `[[`
                Some(16..) if !EXTRAS => return self.simple(),
                Some(word) => self.compound(word, line),
                None => return self.simple(),
            },
            _ => return self.simple(),
        };
        if matches!(command, Command::Function(..)) {
            return command;
        }
        let mut redirs = Vec::new();
        while self.redirection(&mut redirs) {}
        if redirs.is_empty() {
            return command;
        }
        Command::Redirected(Box::new((command, redirs)), line)
    }

    /// The rest of `((…))` if it is that; the first parenthesis has been taken.
    fn math_command(&mut self) -> Option<Box<Math>> {
        // Each attempt may read to the end of the text: not at any depth.
        if !EXTRAS || self.peek() != Some(b'(') || self.source.at < self.subshells || self.depth > 200 {
            return None;
        }
        let (at, line) = (self.source.at, self.source.line);
        let math = self.arithmetic(true)?;
        // Parentheses around what is no expression are subshells in subshells.
        if math.compiled.is_none()
            && let Some(text) = math.text.literal()
            && text.trim_ascii().starts_with(b"(")
        {
            (self.source.at, self.source.line) = (at, line);
            let rest = self.source.text.get(at..).unwrap_or_default();
            self.subshells = at + rest.iter().take_while(|byte| b"( \t".contains(byte)).count();
            return None;
        }
        Some(math)
    }

    /// The command that reserved word number `word` begins.
    fn compound(&mut self, word: usize, line: u32) -> Command {
        if matches!(word, 0..=8 | 15 | 18) {
            self.unexpected(b"");
        }
        self.take();
        match word {
            9 => self.if_command(),
            10 | 11 => {
                let condition = self.body();
                let body = self.do_done();
                Command::While { until: word == 11, parts: Box::new((condition, body)) }
            }
            12 => self.for_command(line, false),
            13 => self.case(line),
            14 => self.braces(),
            16 => self.function_keyword(),
            17 => self.for_command(line, true),
            19.. => {
                let condition = self.condition(OR);
                self.expect(b"]]");
                Command::Condition(Box::new(condition), line)
            }
            _ => Command::List(Vec::new()),
        }
    }

    fn braces(&mut self) -> Command {
        let body = self.body();
        self.expect(b"}");
        body
    }

    fn do_done(&mut self) -> Command {
        self.expect(b"do");
        let body = self.body();
        self.expect(b"done");
        body
    }

    fn if_command(&mut self) -> Command {
        let mut arms = Vec::new();
        loop {
            let condition = self.body();
            self.expect(b"then");
            arms.push((condition, self.body()));
            if !self.accept(b"elif") {
                break;
            }
        }
        let otherwise = if self.accept(b"else") { Some(self.body()) } else { None };
        self.expect(b"fi");
        Command::If(Box::new(If { arms, otherwise }))
    }

    /// The name of a loop's variable.
    fn name(&mut self) -> Sym {
        self.expand_behind_blank(false);
        let word = self.want_word();
        match word.plain().filter(|name| is_name(name)) {
            Some(name) => self.sh.symbols.intern(name),
            None => {
                (self.token, self.word) = (WORD, word);
                self.unexpected(b"");
                0
            }
        }
    }

    fn for_command(&mut self, line: u32, select: bool) -> Command {
        if EXTRAS && !select && self.look(true) == BRACKET && self.peek() == Some(b'(') {
            return self.for_math();
        }
        let name = self.name();
        self.skip_newlines();
        let mut words = None;
        if self.accept(b"in") {
            let mut list = Vec::new();
            while self.look(false) == WORD {
                self.push_word(&mut list);
            }
            words = Some(list);
            if !matches!(self.look(true), NEWLINE | SEMICOLON) {
                self.unexpected(b"");
            }
            self.take();
        } else {
            self.accept_operator(SEMICOLON);
        }
        let body = self.loop_body();
        Command::For(Box::new(For { line, name, words, body, select }))
    }

    fn loop_body(&mut self) -> Command {
        self.skip_newlines();
        if EXTRAS && self.accept(b"{") { self.braces() } else { self.do_done() }
    }

    /// `for ((a; b; c))`, the first parenthesis being the token.
    fn for_math(&mut self) -> Command {
        self.take();
        self.bump();
        let mut parts = Vec::new();
        for end in *b";;\0" {
            let text = match self.math_text(end) {
                Some(text) => self.inner_text(text),
                None => {
                    self.unexpected(b"))");
                    Word::default()
                }
            };
            parts.push(math(&mut self.sh.symbols, text, true));
        }
        self.accept_operator(SEMICOLON);
        let body = self.loop_body();
        Command::ForMath(Box::new(ForMath { parts, body }))
    }

    fn case(&mut self, line: u32) -> Command {
        self.expand_behind_blank(false);
        let word = self.want_word();
        self.skip_newlines();
        self.expect(b"in");
        let mut arms = Vec::new();
        loop {
            self.skip_newlines();
            if self.accept(b"esac") || self.fault.is_some() {
                break;
            }
            self.accept_operator(BRACKET);
            let mut patterns = Vec::new();
            loop {
                patterns.push(self.want_word());
                if !self.accept_operator(BAR) {
                    break;
                }
            }
            self.expect_closing();
            let body = self.list();
            let end = self.look(true);
            let (fall_through, go_on) = (end == op(b";&"), end == op(b";;&"));
            arms.push(Arm { patterns, body, fall_through, go_on });
            if end != op(b";;") && !fall_through && !go_on {
                self.expect(b"esac");
                break;
            }
            self.take();
        }
        Command::Case(Box::new(Case { line, word, arms }))
    }

    fn function_keyword(&mut self) -> Command {
        let word = self.want_word();
        let Some(name) = word.literal() else {
            (self.token, self.word) = (WORD, word);
            self.unexpected(b"");
            return Command::List(Vec::new());
        };
        if self.accept_operator(BRACKET) {
            self.expect_closing();
        }
        self.function_body(name)
    }

    pub fn function_body(&mut self, name: &[u8]) -> Command {
        self.skip_newlines();
        let body = self.command();
        Command::Function(self.sh.symbols.intern(name), Rc::new(Function { body }))
    }

    /// Conditions joined by `||`, each of them conditions joined by `&&`.
    fn condition(&mut self, joint: u32) -> Condition {
        let next = |parser: &mut Self| match joint {
            OR => parser.condition(AND),
            _ => parser.condition_primary(),
        };
        let mut whole = next(self);
        loop {
            self.skip_newlines();
            if !self.accept_operator(joint) {
                return whole;
            }
            self.skip_newlines();
            let pair = Box::new((whole, next(self)));
            whole = if joint == OR { Condition::Or(pair) } else { Condition::And(pair) };
        }
    }

    fn condition_primary(&mut self) -> Condition {
        self.deeper();
        self.skip_newlines();
        let condition = self.condition_inner();
        self.depth -= 1;
        condition
    }

    fn condition_inner(&mut self) -> Condition {
        if self.accept_operator(BRACKET) {
            let inner = self.condition(OR);
            self.expect_closing();
            return inner;
        }
        if self.accept(b"!") {
            return Condition::Not(Box::new(self.condition_primary()));
        }
        if self.is_word(b"]]") {
            self.unexpected(b"");
        }
        let first = self.want_word();
        if let Some([b'-', letter]) = first.plain()
            && b"abcdefghknoprstuvwxzGLNOS".contains(letter)
            && !self.is_word(b"]]")
            && self.look(false) == WORD
        {
            return Condition::Unary(*letter, self.take_word());
        }
        let text: &[u8] = match self.look(false) {
            LESS => b"<",
            GREAT => b">",
            WORD => self.word.plain().unwrap_or_default(),
            // A word alone: whether it is empty.
            _ => return Condition::Unary(b'n', first),
        };
        if text == b"]]" {
            return Condition::Unary(b'n', first);
        }
        let Some(operator) = place_of(BINARY, text) else {
            self.unexpected(b"]]");
            return Condition::Unary(b'n', first);
        };
        self.take();
        let second = if operator == MATCHES { self.regex_word() } else { self.want_word() };
        Condition::Binary(operator, Box::new((first, second)))
    }
}
