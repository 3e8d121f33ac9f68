//! The macros of mdoc(7).

use alloc::vec::Vec;

use super::layout::{BOLD, ITALIC, Layout, PLAIN, SPACE, manual_of, marked};
use super::roff::{Roff, arguments, exchange};

/// A list that is open.
struct List {
    /// Its place in [`KINDS`].
    kind: u8,
    width: usize,
    compact: bool,
    number: usize,
    indent: usize,
}

/// The kinds of lists: first those whose items are not indented.
const KINDS: &[u8] = b"-item -column -ohang -diag -tag -hang -bullet -dash -hyphen -enum";
const COLUMN: u8 = 1;
const DIAG: u8 = 3;
const HANG: u8 = 5;
const BULLET: u8 = 6;
const ENUM: u8 = 9;

/// What a page in mdoc has said so far.
#[derive(Default)]
pub struct Mdoc {
    name: Vec<u8>,
    title: Vec<u8>,
    section: Vec<u8>,
    date: Vec<u8>,
    system: Vec<u8>,
    lists: Vec<List>,
    synopsis: bool,
    /// The indentation and filling before a display.
    displays: Vec<(usize, bool)>,
    /// `Sm off`: nothing between words; and whether one has come since.
    close: (bool, bool),
}

/// Macros that may stand within a line, with the font of their words and what is put around them: name, font (b, i, p),
/// opening and closing; separated by blanks, `_` is nothing.
const INLINE: &[u8] = "Fl b - _;Ar i _ _;Cm b _ _;Pa i _ _;Va i _ _;Vt i _ _;Fn b _ _;Fa i _ _;Ft i _ _;Ev p _ _;Er p _ _;Dv p _ _;\
Ic b _ _;Li p _ _;Em i _ _;Sy b _ _;Ql p ‘ ’;Dq p “ ”;Qq p \" \";Sq p ‘ ’;Pq p ( );Bq p [ ];Brq p { };Aq p < >;Op p [ ];Nm b _ _;\
Xr p _ _;Sx i _ _;Tn p _ _;Ad i _ _;Cd b _ _;In b #include<_ >;Mt i _ _;Lk i _ _;An p _ _;No p _ _;Ns p _ _;Ap p ' _;Do p “ _;Dc p _ ”;\
Qo p \" _;Qc p _ \";So p ‘ _;Sc p _ ’;Po p ( _;Pc p _ );Bo p [ _;Bc p _ ];Oo p [ _;Oc p _ ];Ao p < _;Ac p _ >;Bro p { _;Brc p _ };Pf p _ _;\
St p _ _;Bx p BSD _;Nx p NetBSD _;Fx p FreeBSD _;Ox p OpenBSD _;Ux p UNIX _;At p AT&T_UNIX _;Fd b _ _;Ms p _ _;Xo p _ _;Xc p _ _;Dl p _ _;%T i _ _;%A p _ _;\
%B i _ _;%J i _ _;%R p _ _;%N p _ _;%V p _ _;%P p _ _;%D p _ _;%I p _ _;%O p _ _;%U p _ _;Eo p _ _;Ec p _ _;Es p _ _;En p _ _;Hf p _ _;Lb p _ _;Rv p _ _;Ex p _ _;Dx p DragonFly _;Bsx p BSD/OS _;Cx p _ _".as_bytes();

fn inline(name: &[u8]) -> Option<(u8, &'static [u8], &'static [u8])> {
    INLINE.split(|&byte| byte == b';').find_map(|entry| {
        let mut parts = entry.split(|&byte| byte == b' ');
        if parts.next()? != name {
            return None;
        }
        let font = match parts.next()? {
            b"b" => BOLD,
            b"i" => ITALIC,
            _ => PLAIN,
        };
        let text = |part: &'static [u8]| if part == b"_" { &b""[..] } else { part };
        Some((font, text(parts.next()?), text(parts.next()?)))
    })
}

fn is_closing(word: &[u8]) -> bool {
    matches!(word, b"." | b"," | b":" | b";" | b")" | b"]" | b"?" | b"!")
}

fn is_opening(word: &[u8]) -> bool {
    matches!(word, b"(" | b"[")
}

/// Before each piece of text: it follows without a blank, or with one.
const GLUED: u8 = 5;
const SPACED: u8 = 6;

/// Words of a line as they are put out, each behind its mark.
#[derive(Default)]
struct Pieces {
    text: Vec<u8>,
    /// The next word follows without a blank.
    glue: bool,
}

impl Pieces {
    #[inline(never)]
    fn push(&mut self, text: &[u8], glue: bool) {
        self.text.push(if glue { GLUED } else { SPACED });
        self.text.extend_from_slice(text);
    }

    /// Appends a word; `glue`: whether the one behind it follows without a blank.
    fn word(&mut self, text: &[u8], glue: bool) {
        let before = core::mem::replace(&mut self.glue, glue);
        self.push(text, before);
    }
}

/// Takes the first of the pieces: its text, and whether it follows without a blank.
fn next_piece<'p>(rest: &mut &'p [u8]) -> Option<(&'p [u8], bool)> {
    let (mark, tail) = rest.split_first()?;
    let end = tail.iter().position(|&byte| matches!(byte, GLUED | SPACED)).unwrap_or(tail.len());
    let (piece, after) = tail.split_at_checked(end)?;
    *rest = after;
    Some((piece, *mark == GLUED))
}

impl Mdoc {
    /// Does a macro; `false` if it is none of mdoc's.
    pub fn request(&mut self, roff: &mut Roff, name: &[u8], text: &[u8]) -> bool {
        let words = arguments(text);
        let first = words.first().map_or(&b""[..], Vec::as_slice);
        match name {
            b"Dd" => self.date = roff.escapes(text),
            b"Dt" => {
                self.title = first.to_vec();
                self.section = words.get(1).cloned().unwrap_or_default();
            }
            b"Os" => {
                self.system = roff.escapes(text);
                let manual = manual_of(&self.section);
                let manual = if manual.is_empty() { b"Manual" } else { manual };
                roff.page.header(&self.title, &self.section, manual);
            }
            b"Sh" | b"Ss" => {
                self.lists.clear();
                self.synopsis = roff.heading(name, &words) == b"SYNOPSIS";
            }
            b"Sm" => self.close = (first == b"off", false),
            b"Pp" | b"Lp" => roff.page.space(),
            b"Nd" => {
                let text = roff.escapes(&[b"\\(em ", text].concat());
                roff.page.text(&text);
            }
            b"Bl" => self.begin_list(roff, &words),
            b"El" => {
                roff.page.end_line();
                if let Some(list) = self.lists.pop() {
                    roff.page.indent = list.indent;
                }
            }
            b"It" => self.item(roff, &words),
            b"Bd" => {
                roff.page.space();
                self.displays.push((roff.page.indent, roff.page.fill));
                let offset = option(&words, b"-offset").map_or(0, |word| width_of(word));
                roff.page.indent += offset;
                roff.page.fill = !words.iter().any(|word| matches!(&word[..], b"-literal" | b"-unfilled"));
            }
            b"Ed" => {
                roff.page.end_line();
                if let Some((indent, fill)) = self.displays.pop() {
                    (roff.page.indent, roff.page.fill) = (indent, fill);
                }
            }
            b"D1" | b"Dl" => {
                roff.page.end_line();
                roff.page.indent += 8;
                self.put(roff, &words);
                roff.page.end_line();
                roff.page.indent -= 8;
            }
            b"Rs" | b"Re" | b"Bk" | b"Ek" | b"Db" | b"Bf" | b"Ef" => {}
            b"Fo" => {
                self.put(roff, &[b"Fn".to_vec(), first.to_vec()]);
                roff.page.glue = true;
                roff.page.text(b"(");
                roff.page.glue = true;
            }
            b"Fc" => {
                roff.page.glue = true;
                roff.page.text(b")");
            }
            b"Ex" => {
                let (name, rest) =
                    (marked(BOLD, &self.name), b" utility exits 0 on success, and >0 if an error occurs.");
                roff.page.text(&[b"The ", &name[..], rest].concat());
            }
            _ if inline(name).is_some() => {
                if self.synopsis && matches!(name, b"Nm" | b"Cd" | b"Fd" | b"In" | b"Vt" | b"Ft") {
                    roff.page.end_line();
                }
                let mut words = words;
                words.insert(0, name.to_vec());
                self.put(roff, &words);
            }
            _ => return false,
        }
        true
    }

    /// The end of the page.
    pub fn finish(&self, page: &mut Layout) {
        page.space();
        page.indent = 0;
        page.title(&self.system, &self.date, &self.system);
    }

    /// A line of macros and words as pieces of text.
    fn pieces(&mut self, roff: &mut Roff, words: &[Vec<u8>]) -> Vec<u8> {
        let mut pieces = Pieces::default();
        let mut closing: Vec<&'static [u8]> = Vec::new();
        let (mut font, mut prefix): (u8, &[u8]) = (PLAIN, b"");
        // The macro that has had no words yet, if it stands for some then.
        let mut wanting: &[u8] = b"";
        let mut words = words;
        while let Some((word, rest)) = words.split_first() {
            words = rest;
            let next = words.first();
            if let Some((new, open, close)) = inline(word) {
                self.empty(&mut wanting, &mut pieces);
                (font, prefix) = (new, b"");
                match &word[..] {
                    b"Ns" => pieces.glue = true,
                    b"Pf" => {
                        if let Some(next) = next {
                            words = words.get(1..).unwrap_or_default();
                            pieces.word(&roff.escapes(next), true);
                        }
                    }
                    b"Ap" => {
                        pieces.glue = true;
                        pieces.word(b"'", true);
                    }
                    b"Fl" => (prefix, wanting) = (b"-", word),
                    b"Ar" => wanting = word,
                    b"Nm" => {
                        wanting = word;
                        if let Some(next) = next
                            && self.name.is_empty()
                            && inline(next).is_none()
                            && !is_closing(next)
                        {
                            self.name = roff.escapes(next);
                        }
                    }
                    b"Fn" => {
                        if function(roff, words, &mut pieces) {
                            return pieces.text;
                        }
                        words = &[];
                    }
                    b"Xr" => {
                        let mut text = next.map_or(Vec::new(), |word| roff.escapes(word));
                        words = words.get(1..).unwrap_or_default();
                        if let [section, rest @ ..] = words
                            && section.first().is_some_and(u8::is_ascii_digit)
                        {
                            words = rest;
                            text.push(b'(');
                            text.extend_from_slice(section);
                            text.push(b')');
                        }
                        pieces.word(&text, false);
                    }
                    b"Oc" | b"Dc" | b"Qc" | b"Sc" | b"Pc" | b"Bc" | b"Ac" | b"Brc" => {
                        pieces.push(close, true)
                    }
                    b"Bx" | b"Nx" | b"Fx" | b"Ox" | b"Ux" | b"At" => {
                        let glue = pieces.glue;
                        pieces.push(&exchange(open, b'_', b' '), glue);
                    }
                    _ if !open.is_empty() && open != b"-" => {
                        pieces.word(open, true);
                        if !close.is_empty() {
                            closing.push(close);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            let text = roff.escapes(word);
            if is_closing(word) {
                self.empty(&mut wanting, &mut pieces);
                // Behind all that is open, when nothing follows.
                if words.iter().all(|word| is_closing(word)) {
                    close_all(&mut closing, &mut pieces);
                }
                pieces.push(&text, true);
                continue;
            }
            wanting = b"";
            if text == b"|" {
                pieces.push(&text, false);
            } else if is_opening(&text) {
                pieces.word(&text, true);
            } else {
                pieces.word(&marked(font, &[prefix, &text].concat()), false);
            }
        }
        self.empty(&mut wanting, &mut pieces);
        close_all(&mut closing, &mut pieces);
        if pieces.glue {
            pieces.push(b"", true);
        }
        if self.close.0 {
            for mark in &mut pieces.text {
                if matches!(*mark, GLUED | SPACED) && core::mem::replace(&mut self.close.1, true) {
                    *mark = GLUED;
                }
            }
        }
        pieces.text
    }

    /// Macros without words: `Fl` is a dash, `Ar` is "file ...", `Nm` the name of the page.
    fn empty(&self, wanting: &mut &[u8], pieces: &mut Pieces) {
        let text = match core::mem::take(wanting) {
            b"Fl" => marked(BOLD, b"-"),
            b"Ar" => marked(ITALIC, &exchange(b"file ...", b' ', SPACE)),
            b"Nm" => marked(BOLD, &self.name),
            _ => return,
        };
        pieces.word(&text, false);
    }

    fn begin_list(&mut self, roff: &mut Roff, words: &[Vec<u8>]) {
        let mut kind = 0;
        for word in words.iter().rev() {
            let known = KINDS.split(|&byte| byte == b' ').position(|known| known == word);
            kind = known.map_or(kind, |at| at as u8);
        }
        let wide: &[u8] = if kind > DIAG && kind <= HANG { b"123456" } else { b"12" };
        let width = option(words, b"-width").map_or_else(|| width_of(wide), |word| width_of(word));
        roff.page.end_line();
        let indent = roff.page.indent;
        roff.page.indent += option(words, b"-offset").map_or(0, |word| width_of(word));
        let compact = words.iter().any(|word| word == b"-compact");
        self.lists.push(List { kind, width: width.min(40), compact, number: 0, indent });
    }

    fn item(&mut self, roff: &mut Roff, words: &[Vec<u8>]) {
        let Some(mut list) = self.lists.pop() else { return };
        let width = if list.kind <= DIAG { 0 } else { list.width };
        if list.number > 0 {
            roff.page.end_line();
            roff.page.indent = roff.page.indent.saturating_sub(width);
        }
        list.number += 1;
        if list.compact {
            roff.page.end_line()
        } else {
            roff.page.space()
        }
        let at = roff.page.indent;
        let mut tag = Vec::new();
        match list.kind {
            0 => {}
            COLUMN => self.put(roff, words),
            BULLET => tag.extend_from_slice("\u{2022}".as_bytes()),
            ENUM => {
                term::decimal(list.number, &mut tag);
                tag.push(b'.');
            }
            kind if kind > BULLET => tag.push(b'-'),
            _ => {
                let pieces = self.pieces(roff, words);
                let mut pieces = pieces.as_slice();
                while let Some((piece, glue)) = next_piece(&mut pieces) {
                    if !glue && !tag.is_empty() {
                        tag.push(SPACE);
                    }
                    tag.extend_from_slice(&exchange(piece, b' ', SPACE));
                }
            }
        }
        if list.kind > COLUMN {
            roff.page.tag(&tag, at, at + width);
        }
        self.lists.push(list);
    }

    /// Lays a line of macros and words out.
    #[inline(never)]
    fn put(&mut self, roff: &mut Roff, words: &[Vec<u8>]) {
        let pieces = self.pieces(roff, words);
        let mut pieces = pieces.as_slice();
        while let Some((piece, glue)) = next_piece(&mut pieces) {
            roff.page.glue |= glue || piece.is_empty();
            if piece.is_empty() {
            } else if roff.page.fill {
                roff.page.text(piece);
            } else {
                roff.page.word(piece);
            }
        }
        if !roff.page.fill {
            roff.page.end_line();
        }
    }
}

/// A function and its arguments; whether something behind the closing parenthesis ends the line.
fn function(roff: &mut Roff, words: &[Vec<u8>], pieces: &mut Pieces) -> bool {
    let Some((name, arguments)) = words.split_first() else { return false };
    let name = roff.escapes(name);
    let glue = pieces.glue;
    pieces.push(&[&marked(BOLD, &name)[..], b"("].concat(), glue);
    let mut first = true;
    for word in arguments {
        if is_closing(word) {
            pieces.push(&[b")", &word[..]].concat(), true);
            return true;
        }
        if !first {
            pieces.push(b",", true);
        }
        pieces.push(&marked(ITALIC, &roff.escapes(word)), first);
        first = false;
    }
    pieces.push(b")", true);
    false
}

/// Closes all that is open.
fn close_all(closing: &mut Vec<&'static [u8]>, pieces: &mut Pieces) {
    while let Some(close) = closing.pop() {
        pieces.push(close, true);
    }
}

fn option<'w>(words: &'w [Vec<u8>], name: &[u8]) -> Option<&'w Vec<u8>> {
    let at = words.iter().position(|word| word == name)?;
    words.get(at + 1)
}

/// The width that a word asks for: a name, a number with a unit, or the width of the word.
fn width_of(word: &[u8]) -> usize {
    match word {
        b"indent" => 6,
        b"indent-two" => 12,
        b"Ds" => 8,
        b"left" => 0,
        _ => {
            let (value, used) = num::parse_float(word);
            match word.get(used..) {
                Some(b"n" | b"m" | b"em" | b"en") if used > 0 => value.clamp(0.0, 60.0) as usize,
                _ => word.len() + 2,
            }
        }
    }
}
