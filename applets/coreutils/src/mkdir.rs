//! usage: mkdir [-pv] [-m MODE] DIRECTORY...
//!
//! Make directories.
//!
//!  -m, --mode=MODE  their permissions, as for chmod; not a=rwx less the umask
//!  -p, --parents    make the directories above too; one that exists is no error
//!  -v, --verbose    tell what is made
//!
//! # Notes
//! POSIX.1-2024 mkdir; -v as GNU. The directories above get the usual permissions and u+wx; -m is for the last one.

use applet::prelude::*;
use files::mode::Mode;

applet::options!("mkdir");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let umask = files::tree::umask();
    let mode = match options.value(opt::MODE) {
        Some(text) => Some(Mode::required(text)?.apply(0o777, true, umask)),
        None => None,
    };
    let mut made = Vec::new();
    for operand in &options.operands {
        made.clear();
        let result = files::folders::make(operand, mode, options.has(opt::PARENTS), umask, &mut made);
        if options.has(opt::VERBOSE) {
            for &length in &made {
                let name = operand.get(..length).unwrap_or_default();
                files::say::line(cx, &[b"mkdir: created directory '", name, b"'"]);
            }
        }
        if let Err((length, errno)) = result {
            cx.report(Error::system(operand.get(..length).unwrap_or_default(), errno));
        }
    }
    Ok(cx.status())
}
