//! One change for many files: chmod and chown.

use applet::{Context, Result};
use walk::{Options, Step, Visit, walk};

/// Which files, and how failures are told.
pub struct Each<'a> {
    /// The operands.
    pub operands: &'a [&'a [u8]],
    /// How their trees are walked.
    pub how: Options,
    /// The root directory is refused.
    pub keep_root: bool,
    /// No messages.
    pub quiet: bool,
}

impl Each<'_> {
    /// Visits all files. What `change` fails with is reported, and the next one follows.
    pub fn visit(&self, cx: &mut Context, change: &mut dyn FnMut(&mut Context, &Visit) -> Result<Step>) {
        for operand in self.operands {
            if self.keep_root && crate::remove::is_root(operand) {
                cx.report(crate::remove::root_error(operand));
                continue;
            }
            walk(operand, self.how, &mut |visit| match change(cx, visit) {
                Ok(step) => step,
                Err(error) => {
                    if self.quiet {
                        cx.set_status(1);
                    } else {
                        cx.report_at(visit.path, error);
                    }
                    Step::Continue
                }
            });
        }
    }
}
