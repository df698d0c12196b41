//! Counts tests in the output of test runners.

use std::fmt;

/// Tests by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Counts {
    /// Adds the numbers in `line` if it is the summary line of a test runner. libtest prints one
    /// for each binary (`test result: ok. 3 passed; 0 failed; 1 ignored; …`). nextest prints one in
    /// all (`Summary [ 0.02s] 4 tests run: 4 passed, 1 skipped`). Node's runner prints one number
    /// in each line (`# pass 10`). The checks of deploy/checks print one line in all (`62 checks,
    /// 62 passed, 0 failed`).
    pub(super) fn add(&mut self, line: &str) {
        let line = without_colours(line);
        if let Some(count) = line.strip_prefix("# ").or(line.strip_prefix("ℹ ")) {
            self.add_nodes(count);
            return;
        }
        let is_summary = line.starts_with("test result:")
            || line.trim_start().starts_with("Summary [")
            || line.contains(" checks, ");
        if !is_summary {
            return;
        }
        let words: Vec<_> = line.split_whitespace().collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].trim_start_matches('(').parse::<u64>() else {
                continue;
            };
            match pair[1].trim_end_matches([',', ';', ')']) {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" | "skipped" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl Counts {
    /// Adds one of Node's counts: `pass 10`.
    fn add_nodes(&mut self, count: &str) {
        let Some((what, Ok(number))) = count
            .split_once(' ')
            .map(|(what, number)| (what, number.parse::<u64>()))
        else {
            return;
        };
        match what {
            "pass" => self.passed += number,
            "fail" | "cancelled" => self.failed += number,
            "skipped" | "todo" => self.ignored += number,
            _ => {}
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            ignored,
        } = self;
        write!(
            formatter,
            "{passed} tests passed, {failed} failed, {ignored} ignored"
        )
    }
}

/// `line` without the escape sequences (`ESC [ … m`) that colour it.
fn without_colours(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| {
        plain + piece.split_once('m').map_or(piece, |(_, text)| text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[&str]) -> Counts {
        let mut counts = Counts::default();
        for line in lines {
            counts.add(line);
        }
        counts
    }

    #[test]
    fn adds_up_the_binaries_of_libtest() {
        let counts = count(&[
            "test a::b ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
            "test result: \u{1b}[31mFAILED\u{1b}[m. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ]);
        assert_eq!(
            counts,
            Counts {
                passed: 8,
                failed: 2,
                ignored: 1
            }
        );
    }

    #[test]
    fn reads_the_summary_of_nextest() {
        let counts = count(&[
            "        PASS [   0.004s] xtask text::tests::one_is_singular",
            "\u{1b}[31;1m     Summary\u{1b}[0m [   0.011s] \u{1b}[1m4\u{1b}[0m tests run: \u{1b}[1m3\u{1b}[0m \
             \u{1b}[32;1mpassed\u{1b}[0m (\u{1b}[1m1\u{1b}[0m \u{1b}[33;1mslow\u{1b}[0m), \u{1b}[1m1\u{1b}[0m \
             \u{1b}[31;1mfailed\u{1b}[0m, \u{1b}[1m2\u{1b}[0m skipped",
        ]);
        assert_eq!(
            counts,
            Counts {
                passed: 3,
                failed: 1,
                ignored: 2
            }
        );
    }

    #[test]
    fn reads_the_summary_of_the_checks() {
        let counts = count(&["62 checks, 60 passed, 2 failed, in 3.1 s"]);
        assert_eq!((counts.passed, counts.failed), (60, 2));
    }

    #[test]
    fn reads_nodes_summary() {
        let lines = [
            "ok 1 - a",
            "# tests 12",
            "# pass 10",
            "# fail 1",
            "ℹ skipped 1",
            "# Subtest: pass 3",
        ];
        let counts = count(&lines);
        assert_eq!((counts.passed, counts.failed, counts.ignored), (10, 1, 1));
    }
}
