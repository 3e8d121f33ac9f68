//! The documentation at the top of an applet's file.
//!
//! ```text
//! //! usage: basename NAME [SUFFIX] | basename -a [-s SUFFIX] NAME...
//! //!
//! //! Print NAME without its leading directories.
//! //!
//! //!  -a, --multiple       every operand is a NAME
//! //!  -s, --suffix=SUFFIX  remove SUFFIX from the end; implies -a
//! //!
//! //! # Notes
//! //! Only in the reference, not in the help.
//! ```
//!
//! A line that is indented and begins with `-` declares an option, up to two blanks in a row; what follows is its text,
//! which may go on in deeper indented lines. `-x VALUE`, `--name=VALUE` take a value; `-x[VALUE]`, `--name[=VALUE]` may
//! have one (attached); `-NUM` is a number by itself. Letters and names on one line, with commas between, are one option.

use std::path::Path;

/// Whether an option takes a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    None,
    Required,
    Optional,
}

/// One option of the grammar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OptionSpec {
    /// Letters; `#` stands for a number.
    pub letters: Vec<char>,
    /// Long names without dashes.
    pub names: Vec<String>,
    pub value: Value,
}

impl OptionSpec {
    /// The name of its constant: after its first long name, or its first letter.
    pub fn constant(&self) -> String {
        if let Some(name) = self.names.first() {
            return name.to_uppercase().replace(['-', '.'], "_");
        }
        match self.letters.first() {
            Some('#') => "NUMBER".into(),
            Some(digit @ '0'..='9') => format!("_{digit}"),
            Some(letter) => letter.to_string(),
            None => String::new(),
        }
    }

    /// Its line in the packed grammar of the option parser.
    pub fn packed(&self) -> String {
        let kind = match self.value {
            Value::None => '0',
            Value::Required => '1',
            Value::Optional => '2',
        };
        let mut line = String::from(kind);
        line.extend(&self.letters);
        for name in &self.names {
            line.push(' ');
            line.push_str(name);
        }
        line
    }
}

/// The documentation of one module.
#[derive(Clone, Debug)]
pub struct Doc {
    /// The forms of the command line, each beginning with a command's name.
    pub usage: Vec<String>,
    /// The help text without the usage.
    pub help: String,
    /// What comes after the first heading; only in the reference.
    pub notes: String,
    pub options: Vec<OptionSpec>,
}

impl Doc {
    /// Reads the documentation at the top of a source file.
    pub fn load(file: &Path) -> Result<Doc, String> {
        let source = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        Doc::parse(&source).map_err(|e| format!("{}: {e}", file.display()))
    }

    /// Reads the documentation at the top of a source text.
    pub fn parse(source: &str) -> Result<Doc, String> {
        let lines: Vec<&str> = source
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
            .collect();
        let first = lines.first().and_then(|line| line.strip_prefix("usage: "));
        let first = first.ok_or("the documentation does not begin with `//! usage: NAME ...`")?;
        let end_of_usage = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
        let mut usage = first.to_string();
        for line in &lines[1..end_of_usage] {
            usage.push(' ');
            usage.push_str(line.trim());
        }
        let notes_at = lines.iter().position(|line| line.starts_with("# ")).unwrap_or(lines.len());
        let body = &lines[end_of_usage.min(notes_at)..notes_at];
        let mut options = Vec::new();
        for line in body.iter().filter(|line| line.starts_with(" ") && line.trim_start().starts_with('-')) {
            options.push(parse_option(line.trim_start()).map_err(|e| format!("{e} in {line:?}"))?);
        }
        check(&options)?;
        Ok(Doc {
            usage: usage.split(" | ").map(|form| form.trim().to_string()).collect(),
            help: body.join("\n").trim_matches('\n').to_string(),
            notes: lines[notes_at..].join("\n"),
            options,
        })
    }

    /// The first sentence of the help.
    pub fn summary(&self) -> &str {
        let paragraph = self.help.split("\n\n").next().unwrap_or("");
        let end = paragraph.find(". ").or(paragraph.find(".\n")).map_or(paragraph.len(), |at| at + 1);
        &paragraph[..end]
    }
}

/// The option parser has a bit for each (`GIVEN` in `lib/applet/src/options.rs`).
const MOST_OPTIONS: usize = 128;

fn check(options: &[OptionSpec]) -> Result<(), String> {
    if options.len() > MOST_OPTIONS {
        return Err(format!("more than {MOST_OPTIONS} options"));
    }
    let mut letters = Vec::new();
    let mut names = Vec::new();
    for option in options {
        for letter in &option.letters {
            if letters.contains(letter) {
                return Err(format!("-{letter} is declared twice"));
            }
            letters.push(*letter);
        }
        for name in &option.names {
            if names.contains(name) {
                return Err(format!("--{name} is declared twice"));
            }
            names.push(name.clone());
        }
    }
    Ok(())
}

fn parse_option(line: &str) -> Result<OptionSpec, String> {
    let declaration = line.split("  ").next().unwrap_or(line);
    let mut spec = OptionSpec { letters: Vec::new(), names: Vec::new(), value: Value::None };
    for part in declaration.split(", ") {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let rest = if let Some(long) = part.strip_prefix("--") {
            let end = long.find(|c| !is_name(c)).unwrap_or(long.len());
            if end == 0 {
                return Err("a long option without a name".into());
            }
            spec.names.push(long[..end].to_string());
            &long[end..]
        } else if part == "-NUM" {
            spec.letters.push('#');
            ""
        } else {
            let short = part.strip_prefix('-').ok_or(format!("{part:?} is not an option"))?;
            let letter = short.chars().next().ok_or("an option without a letter")?;
            spec.letters.push(letter);
            &short[letter.len_utf8()..]
        };
        let value = match rest.chars().next() {
            None => continue,
            Some('[') => Value::Optional,
            Some('=' | ' ') => Value::Required,
            Some(_) => return Err(format!("{part:?}: put a blank, = or [ before the value")),
        };
        if spec.value != Value::None && spec.value != value {
            return Err("its forms disagree about the value".into());
        }
        spec.value = value;
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_text() {
        let doc = Doc::parse(
            "//! usage: x [-a] FILE | x -b\n//!\n//! Does it. And more.\n//!\n//!  -a, --all  all\n//!      more\n\
             //!  -s, --suffix=SUFFIX  it\n//!  --color[=WHEN]  colour\n//!  -n N  number\n//!  -NUM  same\n\
             //!  -1  one\n//!\n//! # Notes\n//!  -q  not an option\nuse x;\n",
        )
        .unwrap();
        assert_eq!(doc.usage, ["x [-a] FILE", "x -b"]);
        assert_eq!(doc.summary(), "Does it.");
        let packed: Vec<_> = doc.options.iter().map(OptionSpec::packed).collect();
        assert_eq!(packed, ["0a all", "1s suffix", "2 color", "1n", "0#", "01"]);
        let names: Vec<_> = doc.options.iter().map(OptionSpec::constant).collect();
        assert_eq!(names, ["ALL", "SUFFIX", "COLOR", "n", "NUMBER", "_1"]);
        assert!(doc.help.starts_with("Does it.") && doc.help.ends_with(" -1  one"));
    }

    #[test]
    fn refuses_nonsense() {
        assert!(Doc::parse("//! Print.\n").is_err());
        assert!(Doc::parse("//! usage: x\n//!\n//!  -a  one\n//!  -a  two\n").unwrap_err().contains("twice"));
        assert!(Doc::parse("//! usage: x\n//!\n//!  -aFILE  one\n").is_err());
        let many: String = (0..129).map(|n| format!("//!  --o{n}  one\n")).collect();
        assert!(Doc::parse(&format!("//! usage: x\n//!\n{many}")).unwrap_err().contains("128"));
        assert!(Doc::parse("//! usage: x\n//!\n//!  -a FILE, --all[=FILE]  one\n").is_err());
    }
}
