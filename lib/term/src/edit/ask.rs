//! A line typed at the bottom of a full screen.

use alloc::vec::Vec;

use super::line::{Line, is_solid};
use crate::show::plain;
use crate::{Key, Screen};

/// See [`Screen::ask`].
pub fn ask(screen: &mut Screen, prompt: &[u8], utf8: bool, history: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut line = Line::new(utf8);
    let mut place = history.len();
    loop {
        draw(screen, prompt, &line, utf8);
        let (at, end) = (line.at, line.text.len());
        match screen.keys.read() {
            Key(10 | 13) => return Some(line.text),
            Key(3 | 27) | Key::GONE => return None,
            Key(8 | 127) if end == 0 => return None,
            Key(8 | 127) => line.rub_out(),
            Key(4) | Key::DELETE => line.delete_forward(),
            Key(21) => {
                line.cut(0, at);
            }
            Key(23) => {
                line.cut(line.word_back(at, &is_solid), at);
            }
            Key(22) => {
                let mut bytes = Vec::new();
                screen.keys.read().write(&mut bytes);
                line.insert(&bytes, true);
            }
            Key(1) | Key::HOME => line.at = 0,
            Key(5) | Key::END => line.at = end,
            Key::LEFT => line.at = line.left(at),
            Key::RIGHT => line.at = line.right(at),
            key @ (Key::UP | Key::DOWN) => {
                place = if key == Key::UP { place.saturating_sub(1) } else { (place + 1).min(history.len()) };
                line.set(history.get(place).cloned().unwrap_or_default());
            }
            Key::RESIZE => screen.resize(),
            key if key.is_text() || key.0 == 9 => {
                let mut bytes = Vec::new();
                key.write(&mut bytes);
                line.insert(&bytes, true);
            }
            _ => {}
        }
    }
}

/// Shows the part of the line around the cursor.
fn draw(screen: &mut Screen, prompt: &[u8], line: &Line, utf8: bool) {
    let mut shown = Vec::new();
    let mut used = plain(prompt, utf8, &mut shown);
    let room = screen.columns.saturating_sub(used + 1).max(1);
    let mut from = 0;
    while plain(line.text.get(from..line.at).unwrap_or_default(), utf8, &mut Vec::new()) > room
        && from < line.at
    {
        from = line.right(from);
    }
    let cursor = used + plain(line.text.get(from..line.at).unwrap_or_default(), utf8, &mut Vec::new());
    let mut at = from;
    while at < line.text.len() {
        let next = line.right(at);
        let mut cell = Vec::new();
        used += plain(line.text.get(at..next).unwrap_or_default(), utf8, &mut cell);
        if used >= screen.columns {
            break;
        }
        shown.extend_from_slice(&cell);
        at = next;
    }
    let row = screen.rows.saturating_sub(1);
    screen.line(row, &shown, 0);
    screen.move_to(row, cursor);
    screen.flush();
}
