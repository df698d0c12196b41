//! Measures how soon a handler is ready, what it costs while it waits, and the size of the host's
//! requests.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use crate::{
    goal::Goal,
    invocation,
    report::{Section, Table},
    statistics::{Spread, mebibytes, milliseconds},
    versus::Versus,
};

/// How long a handler has been ready before its idle memory is read.
const SETTLED: Duration = Duration::from_secs(1);
/// The original whose invocations are compared.
const ORIGINAL: usize = 8 * 1024 * 1024;

/// Starts both handlers `starts` times, alternating.
pub(crate) async fn measure(versus: &Versus, starts: usize) -> Result<Section> {
    let mut cold = [Vec::new(), Vec::new()];
    let mut idle = [Vec::new(), Vec::new()];
    for round in 0..starts {
        for side in Versus::turn(round) {
            let handler = versus.contender(side).start().await?;
            sleep(SETTLED).await;
            cold[side].push(milliseconds(handler.cold_start));
            idle[side].push(mebibytes(handler.memory()?.resident));
            handler.stop().await?;
        }
    }
    let cold = cold.map(Spread::of);
    let idle = idle.map(Spread::of);
    let inline = invocation::inline(&vec![0; ORIGINAL]).len();
    let deferred = invocation::deferred(ORIGINAL).len();

    let mut table = Table::new(&["", "Darkroom", "sharp", "ratio"]);
    for (what, [ours, theirs]) in [("cold start, ms", &cold), ("idle memory, MiB", &idle)] {
        let ratio = format!("{:.2}", ours.median / theirs.median);
        table.add(&[
            &what,
            &format!("{ours:.1}"),
            &format!("{theirs:.1}"),
            &ratio,
        ]);
    }
    let markdown = format!(
        "### Start\n\nTime from the start of the process to its first answer on `GET /`, which is \
         requested every millisecond, and resident memory one second later. {starts} starts each, \
         with files in the page cache.\n\n{table}\nThe invocation for an 8 MiB original is \
         {inline} bytes long when the trigger carries the original and {deferred} bytes when it \
         leaves it in storage (deferred binding, which function.json chooses)."
    );
    let goals = vec![
        Goal::at_most("Cold start", cold[0].median, 30.0, " ms", 1),
        Goal::at_most("Idle memory", idle[0].median, 20.0, " MiB", 1),
        Goal::at_most(
            "Invocation for an 8 MiB original, deferred",
            mebibytes(deferred as u64) * 1024.0,
            2.0,
            " KiB",
            2,
        ),
    ];
    Ok(Section { markdown, goals })
}
