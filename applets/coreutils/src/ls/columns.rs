//! Entries in columns, across, and with commas between.

use super::{Batch, File, Format, Ls};
use alloc::vec;
use alloc::vec::Vec;

/// No column is narrower: a character and two blanks.
const NARROWEST: usize = 3;

impl Ls<'_, '_> {
    /// Appends an entry without its long columns: inode, blocks, name, mark. `at` is the column where it begins.
    pub fn entry(&mut self, batch: &Batch, file: &File, at: usize, line: &mut Vec<u8>) {
        let (ino, blocks) = match self.format {
            Format::Commas => (0, 0),
            _ => (batch.widths.ino, batch.widths.blocks),
        };
        self.normal_color(line);
        self.facts(file, ino, blocks, line);
        self.name(batch, file, None, at, line);
        line.extend(self.mark(file.stat.as_ref().map(|stat| stat.mode()), file.kind));
    }

    /// How wide that is.
    fn entry_width(&self, batch: &Batch, file: &File) -> usize {
        let mut facts = Vec::new();
        let (ino, blocks) = match self.format {
            Format::Commas => (0, 0),
            _ => (batch.widths.ino, batch.widths.blocks),
        };
        self.facts(file, ino, blocks, &mut facts);
        let pad = batch.any_quoted && !file.quoted && self.aligns_quotes();
        let mark = self.mark(file.stat.as_ref().map(|stat| stat.mode()), file.kind);
        facts.len() + file.width + usize::from(pad) + usize::from(mark.is_some())
    }

    pub fn columns(&mut self, batch: &Batch) {
        if batch.order.is_empty() {
            return;
        }
        let files: Vec<(&File, usize)> =
            batch.sorted().map(|file| (file, self.entry_width(batch, file))).collect();
        if self.format == Format::Commas || self.width == 0 {
            self.separated(batch, &files);
            return;
        }
        let across = self.format == Format::Across;
        let widths = self.layout(&files, across);
        let count = widths.len().max(1);
        let rows = files.len().div_ceil(count);
        let mut line = Vec::new();
        for row in 0..rows {
            let mut at = 0;
            let mut end = 0;
            for (column, width) in widths.iter().enumerate() {
                let index = if across { row * count + column } else { column * rows + row };
                let Some((file, own)) = files.get(index) else {
                    break;
                };
                self.indent(end, at, &mut line);
                self.entry(batch, file, at, &mut line);
                end = at + own;
                at += width;
            }
            line.push(self.end);
            self.cx.out.write(&line);
            line.clear();
        }
    }

    /// The widths of as many columns as fit.
    fn layout(&self, files: &[(&File, usize)], across: bool) -> Vec<usize> {
        let most = self.width.div_ceil(NARROWEST).clamp(1, files.len());
        let mut count = most;
        loop {
            let rows = files.len().div_ceil(count);
            let mut widths = vec![NARROWEST; count];
            let mut total = NARROWEST * count;
            // As GNU has it: what is narrow everywhere fits in any case.
            let mut fits = true;
            for (index, (_, own)) in files.iter().enumerate() {
                let column = if across { index % count } else { index / rows };
                let wanted = own + if column + 1 == count { 0 } else { 2 };
                if let Some(width) = widths.get_mut(column).filter(|width| **width < wanted) {
                    total += wanted - *width;
                    *width = wanted;
                    fits = total < self.width;
                }
                if !fits {
                    break;
                }
            }
            if fits || count <= 1 {
                return widths;
            }
            count -= 1;
        }
    }

    /// Goes from column `from` to column `to`, with tabs where they help.
    fn indent(&self, mut from: usize, to: usize, line: &mut Vec<u8>) {
        while from < to {
            if to.checked_div(self.tab) > (from + 1).checked_div(self.tab) {
                line.push(b'\t');
                from += self.tab - from % self.tab;
            } else {
                line.push(b' ');
                from += 1;
            }
        }
    }

    /// All in one line, or with -m in lines no longer than the screen.
    fn separated(&mut self, batch: &Batch, files: &[(&File, usize)]) {
        let separator = if self.format == Format::Commas { b',' } else { b' ' };
        let mut at = 0usize;
        let mut line = Vec::new();
        for (index, (file, width)) in files.iter().enumerate() {
            if index > 0 {
                line.push(separator);
                if self.width == 0 || at.saturating_add(*width).saturating_add(2) < self.width {
                    at += 2;
                    line.push(b' ');
                } else {
                    at = 0;
                    line.push(self.end);
                }
            }
            self.entry(batch, file, at, &mut line);
            at += width;
            self.cx.out.write(&line);
            line.clear();
        }
        self.cx.out.byte(self.end);
    }
}
