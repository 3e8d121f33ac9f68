//! `sub`, `gsub` and `gensub`.

use super::world::World;
use alloc::vec::Vec;
use applet::prelude::*;
use awkvm::substitute::Job;
use awkvm::{Value, Vm};

impl World {
    /// `sub` and `gsub`.
    pub fn substitute(&mut self, vm: &mut Vm, regex: usize, replacement: &Value, text: &Value, global: bool) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let text = text.to_text(&vm.conversion, &mut left);
        let replacement = replacement.to_text(&vm.conversion, &mut right);
        let job = Job { replacement, which: usize::from(!global), groups: false, utf8: self.utf8 };
        let mut out = Vec::with_capacity(text.len() + replacement.len());
        let count = job.run(&mut vm.regexes[regex], text, &mut out);
        vm.status = count as f64;
        if count > 0 {
            vm.result = Some(Value::owned(out));
        }
    }
}

/// `gensub(regex, replacement, how [, text])`.
pub fn gensub(world: &mut World, vm: &mut Vm, count: usize, arguments: &[Value; 4]) -> Result<Value> {
    let [pattern, replacement, how, text] = arguments;
    let regex = world.find_regex(vm, pattern)?;
    let (mut left, mut right, mut third) = (Vec::new(), Vec::new(), Vec::new());
    let text =
        if count > 3 { text.to_text(&vm.conversion, &mut left) } else { vm.record.whole(&vm.conversion) };
    let replacement = replacement.to_text(&vm.conversion, &mut right);
    let all = matches!(how.to_text(&vm.conversion, &mut third).first(), Some(b'g' | b'G'));
    let which = if all { 0 } else { (how.number() as usize).max(1) };
    let job = Job { replacement, which, groups: true, utf8: world.utf8 };
    let mut out = Vec::with_capacity(text.len());
    let done = job.run(&mut vm.regexes[regex], text, &mut out);
    Ok(if done > 0 { Value::owned(out) } else { Value::text(text) })
}
