//! Compresses files and prints sizes and speed: `cargo run --release --features encode --example sizes FILE...`
use std::time::Instant;

fn main() -> std::io::Result<()> {
    for name in std::env::args().skip(1) {
        let text = std::fs::read(&name)?;
        let blob = helptext::compress(&text);
        let start = Instant::now();
        let mut back = Vec::new();
        helptext::decompress(&blob, &mut |byte| {
            back.push(byte);
            true
        });
        let time = start.elapsed().as_secs_f64();
        let verdict = if back == text { "same" } else { "DIFFERENT" };
        #[allow(clippy::print_stdout)]
        {
            println!(
                "{name}: {} -> {} bytes, {:.2} MB/s, {verdict}",
                text.len(),
                blob.len(),
                text.len() as f64 / time / 1e6
            );
        }
    }
    Ok(())
}
