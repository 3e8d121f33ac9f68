use super::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::string::String;
use std::vec;

fn scratch(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(std::format!("cairn-walk-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Everything visited below `root`, as sorted lines.
fn visits(root: &std::path::Path, follow: Follow) -> Vec<String> {
    let root = root.to_str().unwrap();
    let mut list = vec![];
    walk(root.as_bytes(), Options { follow, one_file_system: false }, &mut |visit| {
        let path = String::from_utf8_lossy(&visit.path[root.len()..]).into_owned();
        list.push(std::format!("{path} {:?} {}", visit.event, visit.depth));
        // What a link to itself leads to cannot be examined.
        let examined = visit.event == Event::Leave || visit.path.ends_with(b"/self") || visit.stat().is_ok();
        assert!(examined);
        Step::Continue
    });
    list.sort();
    list
}

#[test]
fn visits_everything_once() {
    let root = scratch("once");
    fs::create_dir(root.join("d")).unwrap();
    fs::write(root.join("d/f"), "").unwrap();
    symlink("d", root.join("l")).unwrap();
    symlink("nowhere", root.join("n")).unwrap();
    let expected =
        [" Enter 0", " Leave 0", "/d Enter 1", "/d Leave 1", "/d/f File 2", "/l File 1", "/n File 1"];
    assert_eq!(visits(&root, Follow::Never), expected);
    let followed = visits(&root, Follow::Always);
    assert!(
        followed.contains(&"/l/f File 2".into()) && followed.contains(&"/n File 1".into()),
        "{followed:?}"
    );
    assert_eq!(visits(&root.join("l"), Follow::Never), [" File 0"]);
    assert_eq!(visits(&root.join("l"), Follow::Operand), [" Enter 0", " Leave 0", "/f File 1"]);
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn loops_end() {
    let root = scratch("loop");
    fs::create_dir(root.join("d")).unwrap();
    symlink("..", root.join("d/up")).unwrap();
    symlink("self", root.join("self")).unwrap();
    let expected =
        [" Enter 0", " Leave 0", "/d Enter 1", "/d Leave 1", "/d/up Loop 2", "/self Error(Errno(40)) 1"];
    assert_eq!(visits(&root, Follow::Always), expected);
    fs::remove_dir_all(root).unwrap();
}

/// A tree deeper than any path the kernel takes, and than the descriptors a process may have.
#[test]
fn depth_has_no_limit() {
    let root = scratch("deep");
    let mut chain = Chain::default();
    chain.push(root.to_str().unwrap().as_bytes(), false).unwrap();
    let depth = 3000;
    for _ in 0..depth {
        sys::fs::mkdirat(chain.top(), b"directory", 0o777).unwrap();
        chain.push(b"directory", false).unwrap();
    }
    for _ in 0..depth {
        chain.pop().unwrap();
    }
    let mut deepest = 0;
    let mut order = 0usize;
    let options = Options { follow: Follow::Never, one_file_system: true };
    walk(root.to_str().unwrap().as_bytes(), options, &mut |visit| {
        deepest = deepest.max(visit.depth);
        if visit.event == Event::Leave {
            assert_eq!(visit.depth + order, depth, "children are left before their parents");
            order += 1;
            sys::fs::unlinkat(visit.dir, visit.name(), libc::AT_REMOVEDIR).unwrap();
        }
        Step::Continue
    });
    assert_eq!((deepest, order), (depth, depth + 1));
    assert!(!root.exists());
}

#[test]
fn skips_and_stops() {
    let root = scratch("skip");
    for name in ["a", "b", "c"] {
        fs::create_dir_all(root.join(name).join("in")).unwrap();
    }
    let name = root.to_str().unwrap().as_bytes();
    let options = Options { follow: Follow::Never, one_file_system: false };
    let (mut entered, mut left) = (0, 0);
    walk(name, options, &mut |visit| {
        entered += usize::from(visit.event == Event::Enter);
        left += usize::from(visit.event == Event::Leave);
        if visit.depth == 1 { Step::Skip } else { Step::Continue }
    });
    assert_eq!((entered, left), (4, 1));
    let mut count = 0;
    walk(name, options, &mut |visit| {
        count += 1;
        if visit.depth == 2 { Step::Stop } else { Step::Continue }
    });
    assert_eq!(count, 3);
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_moved_directory_ends_the_walk() {
    let root = scratch("moved");
    let mut deep = root.join("top");
    for _ in 0..60 {
        deep = deep.join("d");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::create_dir(root.join("other")).unwrap();
    let options = Options { follow: Follow::Never, one_file_system: false };
    let mut last = Event::File;
    walk(root.join("top").to_str().unwrap().as_bytes(), options, &mut |visit| {
        if visit.event == Event::Leave && visit.depth == 60 {
            // The parent of a directory whose parent is closed by now.
            fs::rename(root.join("top/d/d/d"), root.join("other/d")).unwrap();
        }
        last = visit.event;
        Step::Continue
    });
    assert_eq!(last, Event::Error(Errno(libc::ESTALE)));
    fs::remove_dir_all(root).unwrap();
}
