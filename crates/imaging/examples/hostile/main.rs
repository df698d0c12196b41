//! Shows that hostile files cannot take long, need more memory than was estimated, or fill a record.
//!
//! `cargo run --release --example hostile -p imaging -- [MEGABYTES]`
//!
//! Each file is made in memory (20 megabytes by default), and inspected and rendered in a separate process.
//! A line of a Markdown table is printed for it: the result, processor time, the peak of memory besides the file, the
//! estimate of that, and the number of characters of its warnings. The exit status is 1 if a limit is exceeded or a
//! process ends unexpectedly.
//!
//! Memory is the resident set of the process, because much of it is allocated by C libraries, which Rust's allocator
//! does not see. It is known only on Linux. Elsewhere it is printed as 0.
#![expect(clippy::print_stdout, reason = "an example prints")]

mod case;
mod files;

use std::env;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, ExitCode, Stdio};

use case::{Bounds, Measured};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.first().is_some_and(|flag| flag == "--measure") {
        let mut original = Vec::new();
        io::stdin().read_to_end(&mut original)?;
        println!("{}", case::measure(&original).to_line());
        return Ok(ExitCode::SUCCESS);
    }
    let megabytes: usize = match arguments.first() {
        Some(number) => number.parse().map_err(io::Error::other)?,
        None => 20,
    };
    let size = megabytes * 1_000_000;
    println!("| file | outcome | CPU ms | peak KiB | estimate KiB | warnings |");
    println!("|---|---|---|---|---|---|");
    let mut broken = 0;
    for name in case::names() {
        let mut child = Command::new(env::current_exe()?)
            .arg("--measure")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        // It is made here, so that the memory for making it does not count for the other process.
        if let Some(mut input) = child.stdin.take() {
            input.write_all(&case::make(&name, size))?;
        }
        let output = child.wait_with_output()?;
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        let Some(measured) =
            Measured::from_line(line.trim_end()).filter(|_| output.status.success())
        else {
            broken += 1;
            println!("| {name} | **{}** | | | | |", output.status);
            continue;
        };
        println!("| {name} {}", measured.to_row());
        for complaint in measured.complaints(&Bounds::default()) {
            broken += 1;
            println!("| ✗ {complaint} | | | | | |");
        }
    }
    println!("\n{broken} bounds broken");
    Ok(ExitCode::from(u8::from(broken > 0)))
}
