//! Parts of lines by number (`cut`).

use crate::Writer;

/// Numbers from first to last, counted from 1.
pub type Range = (usize, usize);

/// Prints the fields of each line in `text` (whole lines, the last of which may lack its `end`) that the sorted, disjoint
/// `ranges` select, with `joint` between them. A line without `delimiter` is printed whole, or left out if `only_delimited`.
pub fn cut(
    text: &[u8],
    end: u8,
    delimiter: u8,
    ranges: &[Range],
    joint: &[u8],
    only_delimited: bool,
    out: &mut Writer,
) {
    let mut rest = text;
    while !rest.is_empty() {
        let (length, step) = match memchr::memchr(end, rest) {
            Some(at) => (at, at + 1),
            None => (rest.len(), rest.len()),
        };
        let (line, tail) = rest.split_at(step);
        cut_line(line.get(..length).unwrap_or_default(), end, delimiter, ranges, joint, only_delimited, out);
        rest = tail;
    }
}

fn cut_line(
    line: &[u8],
    end: u8,
    delimiter: u8,
    ranges: &[Range],
    joint: &[u8],
    only_delimited: bool,
    out: &mut Writer,
) {
    if next(line, 0, delimiter).is_none() {
        if !only_delimited {
            out.write(line);
            out.byte(end);
        }
        return;
    }
    // Fields that stay together as they are need not be told apart.
    let in_one_piece = joint == [delimiter];
    let mut any = false;
    let mut number = 1;
    // Where field `number` starts; `None` behind the last one.
    let mut field = Some(0);
    for &(first, last) in ranges {
        while number < first
            && let Some(start) = field
        {
            field = next(line, start, delimiter).map(|at| at + 1);
            number += 1;
        }
        let mut piece = field;
        while let (Some(start), Some(begin)) = (field, piece) {
            let found = if in_one_piece && last == usize::MAX { None } else { next(line, start, delimiter) };
            field = found.map(|at| at + 1);
            number += 1;
            if !in_one_piece || number > last || found.is_none() {
                if any {
                    out.write(joint);
                }
                any = true;
                out.write(line.get(begin..found.unwrap_or(line.len())).unwrap_or_default());
                piece = field.filter(|_| number <= last);
            }
        }
    }
    out.byte(end);
}

/// Where the next delimiter is; fields are short, so a plain loop beats a vector search.
#[inline]
fn next(line: &[u8], start: usize, delimiter: u8) -> Option<usize> {
    line.get(start..)?.iter().position(|&byte| byte == delimiter).map(|at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn model(line: &str, ranges: &[Range], joint: &str, only: bool) -> String {
        if !line.contains(',') {
            return if only { String::new() } else { line.to_string() + "\n" };
        }
        let fields: Vec<&str> = line.split(',').collect();
        let chosen =
            fields.iter().enumerate().filter(|(i, _)| ranges.iter().any(|r| (r.0..=r.1).contains(&(i + 1))));
        chosen.map(|(_, field)| *field).collect::<Vec<_>>().join(joint) + "\n"
    }

    #[test]
    fn as_splitting_would() {
        let lines = ["", "a", ",", "a,b", "a,b,c,d", ",,x,", "abc,,def,g,h,i"];
        let lists: [&[Range]; 6] = [
            &[(1, 1)],
            &[(2, 3)],
            &[(2, usize::MAX)],
            &[(1, 1), (3, 4)],
            &[(9, 9)],
            &[(1, 2), (4, usize::MAX)],
        ];
        for line in lines {
            for ranges in lists {
                for joint in [",", ":", "--"] {
                    for only in [false, true] {
                        let mut out = Writer::memory();
                        cut(
                            (line.to_string() + "\n").as_bytes(),
                            b'\n',
                            b',',
                            ranges,
                            joint.as_bytes(),
                            only,
                            &mut out,
                        );
                        let ours = String::from_utf8(out.take()).unwrap();
                        assert_eq!(ours, model(line, ranges, joint, only), "{line:?} {ranges:?} {joint:?}");
                    }
                }
            }
        }
    }
}
