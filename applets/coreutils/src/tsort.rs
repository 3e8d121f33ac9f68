//! usage: tsort [FILE]
//!
//! Sort names so that each pair of names in FILE is in its order.
//!
//! # Notes
//! POSIX.1-2024 tsort, with GNU's choice among the orders there are; loops are told of and broken.

use applet::prelude::*;

applet::options!("tsort");

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Name {
    start: usize,
    end: usize,
    /// How many names must come before it yet.
    before: u32,
    /// The first of the pairs it begins.
    first: u32,
    done: bool,
    /// While a loop is searched for: the name one came from.
    link: u32,
}

struct Graph {
    text: Vec<u8>,
    /// In order of the bytes.
    names: Vec<Name>,
    /// The second name of a pair, and the next pair with the same first one.
    pairs: Vec<(u32, u32)>,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let file = options.operands.first().copied().unwrap_or(b"-");
    if let Some(extra) = options.operands.get(1) {
        return Err(Error::extra_operand(extra));
    }
    let text = cx.open(file)?.rest().at(file)?;
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split(|byte| matches!(byte, b' ' | b'\t' | b'\n')) {
        if !word.is_empty() {
            words.push((at, at + word.len()));
        }
        at += word.len() + 1;
    }
    if words.len() % 2 != 0 {
        return Err(Error::about(b"%: input contains an odd number of tokens", file));
    }
    let graph = Graph::new(text, &words);
    graph.sort(cx, file)
}

impl Graph {
    fn new(text: Vec<u8>, words: &[(usize, usize)]) -> Graph {
        let word = |&(start, end): &(usize, usize)| text.get(start..end).unwrap_or_default();
        let mut order: Vec<u32> = (0..words.len() as u32).collect();
        let at = |index: u32| words.get(index as usize).map_or(&b""[..], word);
        order.sort_unstable_by(|&a, &b| at(a).cmp(at(b)));
        let mut names: Vec<Name> = Vec::new();
        // Which name each word is.
        let mut ids = alloc::vec![0u32; words.len()];
        let mut last = None;
        for &index in &order {
            if last != Some(at(index)) {
                last = Some(at(index));
                let (start, end) = words.get(index as usize).copied().unwrap_or_default();
                names.push(Name { start, end, before: 0, first: NONE, done: false, link: NONE });
            }
            if let Some(id) = ids.get_mut(index as usize) {
                *id = names.len() as u32 - 1;
            }
        }
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for pair in ids.as_chunks::<2>().0 {
            let [first, second] = *pair;
            if first == second {
                continue;
            }
            names[second as usize].before += 1;
            let head = &mut names[first as usize].first;
            pairs.push((second, *head));
            *head = pairs.len() as u32 - 1;
        }
        Graph { text, names, pairs }
    }

    fn text(&self, id: u32) -> &[u8] {
        let name = self.names[id as usize];
        self.text.get(name.start..name.end).unwrap_or_default()
    }

    fn sort(mut self, cx: &mut Context, file: &[u8]) -> Result<Exit> {
        let mut left = self.names.len();
        let mut ready: Vec<u32> = Vec::new();
        while left > 0 {
            let free = self.names.iter().enumerate().filter(|(_, name)| name.before == 0 && !name.done);
            ready.extend(free.map(|(id, _)| id as u32));
            if ready.is_empty() {
                cx.report(Error::about(b"%: input contains a loop:", file));
                self.break_loop(cx);
                continue;
            }
            let mut next = 0;
            while let Some(&id) = ready.get(next) {
                next += 1;
                left -= 1;
                cx.out.line(self.text(id));
                self.names[id as usize].done = true;
                let mut pair = self.names[id as usize].first;
                while let Some(&(second, following)) = self.pairs.get(pair as usize) {
                    let name = &mut self.names[second as usize];
                    name.before -= 1;
                    if name.before == 0 {
                        ready.push(second);
                    }
                    pair = following;
                }
            }
            ready.clear();
        }
        Ok(cx.status())
    }

    /// Finds a loop by going backwards until a name comes again, tells its names, and removes a pair of it.
    fn break_loop(&mut self, cx: &mut Context) {
        let mut current = NONE;
        loop {
            // As often as there are names: one step back along a pair for each look at all of them.
            for id in 0..self.names.len() as u32 {
                if self.names[id as usize].before == 0 {
                    continue;
                }
                if current == NONE {
                    current = id;
                    continue;
                }
                let mut place = None;
                let mut pair = self.names[id as usize].first;
                let mut previous = NONE;
                while let Some(&(second, following)) = self.pairs.get(pair as usize) {
                    if second == current {
                        place = Some((previous, pair, following));
                        break;
                    }
                    previous = pair;
                    pair = following;
                }
                let Some((previous, _, following)) = place else { continue };
                if self.names[id as usize].link == NONE {
                    self.names[id as usize].link = current;
                    current = id;
                    continue;
                }
                // The loop is closed: tell it from the name we are at on.
                let mut at = current;
                loop {
                    cx.warn(&[self.text(at)]);
                    if at == id {
                        break;
                    }
                    at = self.names[at as usize].link;
                }
                self.names[current as usize].before -= 1;
                if previous == NONE {
                    self.names[id as usize].first = following;
                } else {
                    self.pairs[previous as usize].1 = following;
                }
                for name in &mut self.names {
                    name.link = NONE;
                }
                return;
            }
        }
    }
}
