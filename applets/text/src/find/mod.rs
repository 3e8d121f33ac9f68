//! usage: find [-HLP] [PATH]... [EXPRESSION]
//!
//! Visit the files at and below each PATH (.) and evaluate EXPRESSION (-print) for each.
//!
//! Links: -H follow PATH, -L follow all, -P follow none.
//! Operators: ( E )  ! E  E -a E  E -o E  E , E  also -not -and -or.
//! How: -depth contents first (-d), -maxdepth N, -mindepth N, -xdev stay on the file system (-mount), -daystart,
//! -follow (-L), -regextype TYPE, -files0-from FILE, -ignore_readdir_race, -noleaf, -warn, -nowarn.
//! Numbers N may be +N (more) and -N (less).
//! Tests: -name GLOB, -path GLOB (-wholename), -lname GLOB, -regex RE, each with i for any case (-iname),
//! -type [bcdfpls,], -xtype T of what a link leads to, -perm MODE (-MODE all of, /MODE some of), -size N[bcwkMG],
//! -amin N, -cmin N, -mmin N minutes, -atime N, -ctime N, -mtime N days ago, -used N, -newer FILE, -anewer FILE,
//! -cnewer FILE, -newerXY FILE (X, Y of aBcm, or Y t: a date), -user NAME, -group NAME, -uid N, -gid N, -nouser,
//! -nogroup, -links N, -inum N, -samefile FILE, -fstype TYPE, -empty, -executable, -readable, -writable, -true, -false.
//! Actions: -print, -print0, -printf FORMAT, -ls, -fprint FILE, -fprint0 FILE, -fprintf FILE FORMAT, -fls FILE,
//! -exec COMMAND ; ({} is the name), -exec COMMAND {} + (many names), -execdir in its folder, -ok, -okdir ask first,
//! -delete, -prune do not enter, -quit.
//!
//! # Notes
//! POSIX.1-2024 find; the rest as GNU, and `-perm +MODE` as BusyBox. Options such as -maxdepth count for all of the
//! expression. Files are reached from open directories by single names: trees may be deeper than PATH_MAX, and -delete
//! removes nothing outside of PATH.

mod command;
mod parse;
mod print;
mod test;

use applet::prelude::*;
use sys::fs::Stat;
use walk::{Event, Follow, Step, Visit};

use parse::Program;

/// One step of an expression. There is one truth value at a time, that of what was evaluated last.
enum Op {
    Test(test::Test),
    Not,
    /// The rest of an AND is left out.
    IfFalse(usize),
    /// The rest of an OR is left out.
    IfTrue(usize),
}

/// What counts for the whole expression.
struct Settings {
    follow: Follow,
    depth_first: bool,
    least: usize,
    most: usize,
    one_file_system: bool,
    ignore_races: bool,
    utf8: bool,
    operands: Option<Vec<u8>>,
}

/// What tests and actions share.
struct State {
    settings: Settings,
    outputs: print::Outputs,
    users: users::Names,
    groups: users::Names,
    zone: time::Zone,
    /// `/proc/self/mountinfo`, when it has been asked for.
    mounts: Option<Vec<u8>>,
    /// The length of the operand in the path.
    operand: usize,
    stat: Option<Stat>,
    prune: bool,
    quit: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.answer_help()?;
    let (mut operands, Program { mut ops, mut state }) = parse::command_line(cx)?;
    let listed = state.settings.operands.take();
    if let Some(list) = &listed {
        if let Some(operand) = operands.first() {
            return Err(Error::parts(&[b"extra operand '", operand, b"' with -files0-from"]));
        }
        operands = list.strip_suffix(b"\0").unwrap_or(list).split(|&byte| byte == 0).collect();
        operands.retain(|operand| !operand.is_empty());
    } else if operands.is_empty() {
        operands.push(b".");
    }
    let how =
        walk::Options { follow: state.settings.follow, one_file_system: state.settings.one_file_system };
    let walk = if needs_stats(&ops) { walk::walk_stats } else { walk::walk };
    for operand in operands {
        state.operand = operand.len();
        walk(operand, how, &mut |visit| state.visit(cx, &mut ops, visit));
        if state.quit {
            break;
        }
    }
    for op in &mut ops {
        if let Op::Test(test::Test::Execute(command)) = op {
            command.finish(cx);
        }
    }
    state.outputs.finish(cx);
    Ok(cx.status())
}

/// Whether the status of nearly every file will be asked for, and nothing is started meanwhile.
fn needs_stats(ops: &[Op]) -> bool {
    if ops.iter().any(|op| matches!(op, Op::Test(test::Test::Execute(_)))) {
        return false;
    }
    for op in ops {
        match op {
            Op::Test(test) if test.needs_stat() => return true,
            // Other types pass, and most files are regular ones.
            Op::Test(test::Test::Kind(kinds)) if kinds >> libc::DT_REG & 1 != 0 => {}
            Op::Not | Op::IfFalse(_) => {}
            _ => return false,
        }
    }
    false
}

impl State {
    fn visit(&mut self, cx: &mut Context, ops: &mut [Op], visit: &Visit) -> Step {
        self.stat = None;
        self.prune = false;
        let entering = visit.event == Event::Enter;
        match visit.event {
            Event::Error(Errno(libc::ENOENT)) if self.settings.ignore_races && visit.depth > 0 => {
                return Step::Continue;
            }
            Event::Error(errno) => {
                cx.report(Error::system(visit.path, errno));
                return Step::Continue;
            }
            Event::Loop => {
                cx.report(Error::parts(&[visit.path, b": file system loop: it leads to where it is in"]));
                return Step::Continue;
            }
            Event::Enter if self.settings.depth_first && visit.depth < self.settings.most => {
                return Step::Continue;
            }
            Event::Leave if !self.settings.depth_first => return self.next(cx),
            _ => {}
        }
        if visit.depth >= self.settings.least {
            self.evaluate(cx, ops, visit);
        }
        match self.next(cx) {
            Step::Continue if entering && (self.prune || visit.depth >= self.settings.most) => Step::Skip,
            step => step,
        }
    }

    fn next(&self, cx: &Context) -> Step {
        if self.quit || cx.out.failed() { Step::Stop } else { Step::Continue }
    }

    fn evaluate(&mut self, cx: &mut Context, ops: &mut [Op], visit: &Visit) {
        let mut truth = true;
        let mut at = 0;
        while let Some(op) = ops.get_mut(at) {
            at += 1;
            match op {
                Op::Not => truth = !truth,
                Op::IfFalse(to) if !truth => at = *to,
                Op::IfTrue(to) if truth => at = *to,
                Op::Test(test) => {
                    truth = match self.test(cx, test, visit) {
                        Ok(truth) => truth,
                        Err(error) => {
                            let race = error.errno() == Some(Errno(libc::ENOENT));
                            if !(race && self.settings.ignore_races) {
                                cx.report_at(visit.path, error);
                            }
                            false
                        }
                    };
                    if self.quit {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    /// The status of what is visited, asked for once.
    fn stat(&mut self, visit: &Visit) -> sys::Result<Stat> {
        if let Some(stat) = self.stat {
            return Ok(stat);
        }
        let stat = visit.stat()?;
        self.stat = Some(stat);
        Ok(stat)
    }
}
