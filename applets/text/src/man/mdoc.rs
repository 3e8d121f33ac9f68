//! The macros of mdoc(7).

use alloc::vec::Vec;

use super::layout::{BOLD, ITALIC, Layout, PLAIN, SPACE};
use super::roff::{Roff, arguments};

/// A list that is open.
struct List {
    kind: Vec<u8>,
    width: usize,
    compact: bool,
    number: usize,
    indent: usize,
}

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

/// Words of a line as they are put out: text, and whether they follow without a blank.
type Pieces = Vec<(Vec<u8>, bool)>;

impl Mdoc {
    /// Does a macro; `false` if it is none of mdoc's.
    pub fn request(&mut self, roff: &mut Roff, name: &[u8], text: &[u8]) -> bool {
        let words = arguments(text);
        let first = words.first().cloned().unwrap_or_default();
        match name {
            b"Dd" => self.date = roff.escapes(text),
            b"Dt" => {
                self.title = first;
                self.section = words.get(1).cloned().unwrap_or_default();
            }
            b"Os" => {
                self.system = roff.escapes(text);
                let side = [&self.title[..], b"(", &self.section, b")"].concat();
                let manual: &[u8] = match self.section.first() {
                    Some(b'1') => b"General Commands Manual",
                    Some(b'2') => b"System Calls Manual",
                    Some(b'3') => b"Library Functions Manual",
                    Some(b'5') => b"File Formats Manual",
                    Some(b'8') => b"System Manager's Manual",
                    _ => b"Manual",
                };
                roff.page.title(&side, manual, &side);
                roff.page.no_space();
                roff.page.out.push(b'\n');
            }
            b"Sh" | b"Ss" => {
                self.lists.clear();
                roff.page.fill = true;
                roff.page.space();
                roff.page.indent = if name == b"Sh" { 0 } else { 3 };
                let title = roff.escapes(&words.join(&b' '));
                self.synopsis = &title[..] == b"SYNOPSIS";
                roff.page.text(&[&[BOLD], &title[..], &[PLAIN]].concat());
                roff.page.end_line();
                roff.page.no_space();
                roff.page.indent = 7;
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
                let pieces = self.pieces(roff, &words, PLAIN);
                put(roff, pieces);
                roff.page.end_line();
                roff.page.indent -= 8;
            }
            b"Rs" | b"Re" | b"Bk" | b"Ek" | b"Db" | b"Bf" | b"Ef" => {}
            b"Fo" => {
                let pieces = self.pieces(roff, &[b"Fn".to_vec(), first], PLAIN);
                put(roff, pieces);
                roff.page.glue = true;
                roff.page.text(b"(");
                roff.page.glue = true;
            }
            b"Fc" => {
                roff.page.glue = true;
                roff.page.text(b")");
            }
            b"Ex" => {
                let text = [
                    b"The ",
                    &[BOLD][..],
                    &self.name,
                    &[PLAIN],
                    b" utility exits 0 on success, and >0 if an error occurs.",
                ]
                .concat();
                roff.page.text(&text);
            }
            b"Nm" | b"Cd" | b"Fd" | b"In" | b"Vt" | b"Ft" if self.synopsis => {
                roff.page.end_line();
                let all: Vec<Vec<u8>> = core::iter::once(name.to_vec()).chain(words).collect();
                let pieces = self.pieces(roff, &all, PLAIN);
                put(roff, pieces);
            }
            _ if inline(name).is_some() => {
                let all: Vec<Vec<u8>> = core::iter::once(name.to_vec()).chain(words).collect();
                let pieces = self.pieces(roff, &all, PLAIN);
                put(roff, pieces);
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
    fn pieces(&mut self, roff: &mut Roff, words: &[Vec<u8>], font: u8) -> Pieces {
        let mut pieces: Pieces = Vec::new();
        let mut closing: Vec<&'static [u8]> = Vec::new();
        let (mut font, mut prefix): (u8, &[u8]) = (font, b"");
        let mut glue = false;
        let mut wanting: Option<Vec<u8>> = None;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if let Some((new, open, close)) = inline(word) {
                self.empty(roff, wanting.take(), &mut pieces, &mut glue);
                (font, prefix) = (new, b"");
                match &word[..] {
                    b"Ns" => glue = true,
                    b"Pf" => {
                        if let Some(next) = words.next() {
                            pieces.push((roff.escapes(next), glue));
                            glue = true;
                        }
                    }
                    b"Ap" => {
                        pieces.push((b"'".to_vec(), true));
                        glue = true;
                    }
                    b"Fl" => {
                        prefix = b"-";
                        wanting = Some(word.clone());
                    }
                    b"Ar" | b"Nm" => {
                        wanting = Some(word.clone());
                        let next = words
                            .as_slice()
                            .first()
                            .filter(|next| inline(next).is_none() && !is_closing(next));
                        if let (b'N', Some(next)) = (word.first().copied().unwrap_or(0), next)
                            && self.name.is_empty()
                        {
                            self.name = roff.escapes(next);
                        }
                    }
                    b"Fn" => {
                        if let Some(name) = words.next() {
                            let name = roff.escapes(name);
                            pieces.push(([&[BOLD], &name[..], &[PLAIN], b"("].concat(), glue));
                            let mut comma = false;
                            for word in words.by_ref() {
                                if is_closing(word) {
                                    pieces.push(([b")", &word[..]].concat(), true));
                                    return pieces;
                                }
                                let word = roff.escapes(word);
                                if comma {
                                    pieces.push((b",".to_vec(), true));
                                }
                                pieces.push(([&[ITALIC], &word[..], &[PLAIN]].concat(), !comma));
                                comma = true;
                            }
                            pieces.push((b")".to_vec(), true));
                        }
                    }
                    b"Xr" => {
                        let name = words.next().map(|word| roff.escapes(word)).unwrap_or_default();
                        let mut text = name;
                        if let Some(section) = words
                            .as_slice()
                            .first()
                            .filter(|word| word.first().is_some_and(u8::is_ascii_digit))
                        {
                            text.extend_from_slice(&[b"(", &section[..], b")"].concat());
                            words.next();
                        }
                        pieces.push((text, glue));
                        glue = false;
                    }
                    b"Oc" | b"Dc" | b"Qc" | b"Sc" | b"Pc" | b"Bc" | b"Ac" | b"Brc" => {
                        pieces.push((close.to_vec(), true))
                    }
                    b"Bx" | b"Nx" | b"Fx" | b"Ox" | b"Ux" | b"At" => pieces.push((
                        open.iter().map(|&byte| if byte == b'_' { b' ' } else { byte }).collect(),
                        glue,
                    )),
                    _ if !open.is_empty() && open != b"-" => {
                        pieces.push((open.to_vec(), core::mem::replace(&mut glue, true)));
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
                self.empty(roff, wanting.take(), &mut pieces, &mut glue);
                // Behind all that is open, when nothing follows.
                if words.as_slice().iter().all(|word| is_closing(word)) {
                    while let Some(close) = closing.pop() {
                        pieces.push((close.to_vec(), true));
                    }
                }
                pieces.push((text, true));
                continue;
            }
            wanting = None;
            let opening = is_opening(&text);
            if text == b"|" {
                pieces.push((text, false));
                continue;
            }
            let marked = if opening { text } else { [&[font], prefix, &text, &[PLAIN]].concat() };
            pieces.push((marked, core::mem::replace(&mut glue, opening)));
        }
        self.empty(roff, wanting, &mut pieces, &mut glue);
        while let Some(close) = closing.pop() {
            pieces.push((close.to_vec(), true));
        }
        if glue {
            pieces.push((Vec::new(), true));
        }
        if self.close.0 {
            for (_, glue) in &mut pieces {
                *glue |= core::mem::replace(&mut self.close.1, true);
            }
        }
        pieces
    }

    /// Macros without words: `Fl` is a dash, `Ar` is "file ...", `Nm` the name of the page.
    fn empty(&mut self, _: &mut Roff, wanting: Option<Vec<u8>>, pieces: &mut Pieces, glue: &mut bool) {
        let text: Vec<u8> = match wanting.as_deref() {
            Some(b"Fl") => [&[BOLD], &b"-"[..], &[PLAIN]].concat(),
            Some(b"Ar") => [&[ITALIC], &b"file"[..], &[SPACE], b"...", &[PLAIN]].concat(),
            Some(b"Nm") => [&[BOLD], &self.name[..], &[PLAIN]].concat(),
            _ => return,
        };
        pieces.push((text, core::mem::take(glue)));
    }

    fn begin_list(&mut self, roff: &mut Roff, words: &[Vec<u8>]) {
        let kinds: [&[u8]; 10] = [
            b"-tag", b"-bullet", b"-dash", b"-hyphen", b"-enum", b"-item", b"-hang", b"-column", b"-ohang",
            b"-diag",
        ];
        let kind = words.iter().find(|word| kinds.contains(&&word[..])).cloned().unwrap_or(b"-item".to_vec());
        let wide: &[u8] = match &kind[..] {
            b"-tag" | b"-hang" => b"123456",
            _ => b"12",
        };
        let width = option(words, b"-width").map_or_else(|| width_of(wide), |word| width_of(word));
        roff.page.end_line();
        let indent = roff.page.indent;
        roff.page.indent += option(words, b"-offset").map_or(0, |word| width_of(word));
        let compact = words.iter().any(|word| word == b"-compact");
        self.lists.push(List { kind, width: width.min(40), compact, number: 0, indent });
    }

    fn item(&mut self, roff: &mut Roff, words: &[Vec<u8>]) {
        let Some(mut list) = self.lists.pop() else { return };
        if list.number > 0 {
            roff.page.end_line();
            roff.page.indent = roff.page.indent.saturating_sub(match &list.kind[..] {
                b"-item" | b"-column" | b"-ohang" | b"-diag" => 0,
                _ => list.width,
            });
        }
        list.number += 1;
        if list.compact {
            roff.page.end_line()
        } else {
            roff.page.space()
        }
        let at = roff.page.indent;
        let mut tag = Vec::new();
        match &list.kind[..] {
            b"-bullet" => tag.extend_from_slice("\u{2022}".as_bytes()),
            b"-dash" | b"-hyphen" => tag.push(b'-'),
            b"-enum" => {
                term::decimal(list.number, &mut tag);
                tag.push(b'.');
            }
            b"-item" => {}
            b"-column" => {
                let line: Vec<Vec<u8>> = words.to_vec();
                let pieces = self.pieces(roff, &line, PLAIN);
                put(roff, pieces);
            }
            _ => {
                for (piece, glue) in self.pieces(roff, words, PLAIN) {
                    if !glue && !tag.is_empty() {
                        tag.push(SPACE);
                    }
                    tag.extend(piece.iter().map(|&byte| if byte == b' ' { SPACE } else { byte }));
                }
            }
        }
        if !matches!(&list.kind[..], b"-item" | b"-column") {
            let indent = if matches!(&list.kind[..], b"-ohang" | b"-diag") { at } else { at + list.width };
            roff.page.tag(&tag, at, indent);
        }
        self.lists.push(list);
    }
}

fn put(roff: &mut Roff, pieces: Pieces) {
    let fill = roff.page.fill;
    for (piece, glue) in pieces {
        if piece.is_empty() {
            roff.page.glue = true;
            continue;
        }
        roff.page.glue |= glue;
        if fill {
            roff.page.text(&piece);
        } else {
            roff.page.word(&piece);
        }
    }
    if !fill {
        roff.page.end_line();
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
        b"Ds" | b"left" => {
            if word == b"left" {
                0
            } else {
                8
            }
        }
        _ => {
            let (value, used) = num::parse_float(word);
            match word.get(used..) {
                Some(b"n" | b"m" | b"em" | b"en") if used > 0 => value.clamp(0.0, 60.0) as usize,
                _ => word.len() + 2,
            }
        }
    }
}
