//! `make menuconfig`: a list of everything that can be selected, with the arrow keys and the space bar.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use cairn_build::{Doc, Features};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, read};
use crossterm::{cursor, queue, style, terminal};

use crate::select;

/// One line of the menu.
struct Row {
    feature: String,
    text: String,
}

fn rows(features: &Features) -> Vec<Row> {
    let mut rows = Vec::new();
    for family in features.families.keys() {
        for (name, feature) in features.features.iter().filter(|(_, feature)| feature.family == *family) {
            let text = feature.summary.clone().unwrap_or_else(|| {
                let applet = features.applets.iter().find(|applet| applet.feature == *name);
                let doc = applet.and_then(|applet| Doc::load(&features.source(family, &applet.module)).ok());
                doc.map(|doc| doc.summary().replace('\n', " ")).unwrap_or_default()
            });
            rows.push(Row { feature: name.clone(), text });
        }
    }
    rows
}

fn draw(rows: &[Row], chosen: &BTreeSet<String>, current: usize, message: &str) -> std::io::Result<()> {
    let (width, height) = terminal::size()?;
    let (width, height) = (usize::from(width), usize::from(height).max(4));
    let visible = height - 3;
    let first = current.saturating_sub(visible / 2).min(rows.len().saturating_sub(visible));
    let mut out = std::io::stdout().lock();
    queue!(out, terminal::Clear(terminal::ClearType::All), cursor::MoveTo(0, 0))?;
    let title = format!("cairn: {} of {} selected", chosen.len(), rows.len());
    queue!(out, style::Print(title))?;
    for (line, row) in rows.iter().enumerate().skip(first).take(visible) {
        let mark = if chosen.contains(&row.feature) { '*' } else { ' ' };
        let text: String = format!("[{mark}] {:<14} {}", row.feature, row.text).chars().take(width).collect();
        queue!(out, cursor::MoveTo(0, (line - first + 1) as u16))?;
        if line == current {
            queue!(out, style::SetAttribute(style::Attribute::Reverse))?;
        }
        queue!(out, style::Print(text), style::SetAttribute(style::Attribute::Reset))?;
    }
    let help = "space: select  a: all  n: none  d: default  s: save and quit  q: quit";
    queue!(
        out,
        cursor::MoveTo(0, height as u16 - 1),
        style::Print(if message.is_empty() { help } else { message })
    )?;
    out.flush()
}

/// What the user chose; `None` if it is not to be kept.
fn choose(features: &Features, rows: &[Row], chosen: &mut BTreeSet<String>) -> std::io::Result<bool> {
    let mut current = 0;
    let mut message = String::new();
    loop {
        draw(rows, chosen, current, &message)?;
        message.clear();
        let Event::Key(KeyEvent { code, modifiers, .. }) = read()? else { continue };
        match code {
            KeyCode::Up | KeyCode::Char('k') => current = current.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => current = (current + 1).min(rows.len().saturating_sub(1)),
            KeyCode::PageUp => current = current.saturating_sub(20),
            KeyCode::PageDown => current = (current + 20).min(rows.len().saturating_sub(1)),
            KeyCode::Char(' ' | 'y') | KeyCode::Enter => {
                let name = &rows[current].feature;
                if !chosen.remove(name) {
                    chosen.insert(name.clone());
                    chosen.extend(features.features[name].selects.iter().cloned());
                }
            }
            KeyCode::Char('a') => chosen.extend(rows.iter().map(|row| row.feature.clone())),
            KeyCode::Char('n') => chosen.clear(),
            KeyCode::Char('d') => *chosen = features.defaults(),
            KeyCode::Char('s') => match features.resolve(chosen) {
                Ok(complete) => {
                    *chosen = complete;
                    return Ok(true);
                }
                Err(reason) => message = reason,
            },
            KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => return Ok(false),
            KeyCode::Char('q') | KeyCode::Esc => return Ok(false),
            _ => {}
        }
    }
}

/// Runs the menu and writes `.config.toml`.
pub fn run(root: &Path) -> Result<(), String> {
    let features = Features::load(root)?;
    let file = root.join(".config.toml");
    let mut chosen = if file.exists() { select::from_file(&features, &file)? } else { features.defaults() };
    let rows = rows(&features);
    let result = (|| {
        terminal::enable_raw_mode()?;
        crossterm::execute!(std::io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)?;
        choose(&features, &rows, &mut chosen)
    })();
    let _ = crossterm::execute!(std::io::stdout(), cursor::Show, terminal::LeaveAlternateScreen);
    let _ = terminal::disable_raw_mode();
    if result.map_err(|e| format!("menuconfig needs a terminal: {e}"))? {
        let names: Vec<String> = chosen.iter().map(|name| format!("    {name:?},\n")).collect();
        let text = format!("summary = \"Chosen with make menuconfig\"\nselect = [\n{}]\n", names.concat());
        std::fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))?;
        println!(".config.toml: {} of {} selected; `make` builds it", chosen.len(), rows.len());
    }
    Ok(())
}
