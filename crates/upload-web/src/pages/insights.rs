//! Totals of the records, as charts.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    Layout,
    chart::{self, Bar},
    html, text,
};
use crate::{
    api::insights::{Period, of_period},
    app::App,
    auth::User,
    error::PageError,
    query::Parameters,
    records::insights::{Day, Insights},
};

#[derive(Template)]
#[template(path = "insights.html")]
struct InsightsPage {
    layout: Layout,
    days: i64,
    periods: [i64; 3],
    empty: bool,
    /// What was left out, as a sentence.
    incomplete: Option<String>,
    /// Large numbers with their labels.
    headlines: Vec<(&'static str, String)>,
    columns: Vec<Column>,
    busiest: u64,
    formats: Vec<Bar>,
    presets: Vec<Bar>,
    errors: Vec<Bar>,
    times: Vec<Bar>,
    uploaders: Vec<Row>,
}

/// The row of one uploader.
struct Row {
    uploader: String,
    images: u64,
    originals: String,
    renditions: String,
    cpu: String,
    dollars: String,
}

/// The column of one day, in a box as wide as all days together and 100 high.
struct Column {
    date: String,
    label: String,
    words: String,
    x: String,
    width: String,
    processed_y: String,
    processed_height: String,
    rejected_y: String,
    rejected_height: String,
}

/// Answers with the charts of some days.
pub async fn insights(
    State(app): State<Arc<App>>,
    user: User,
    Parameters(period): Parameters<Period>,
) -> Result<Response, PageError> {
    let (first, last) = period.dates()?;
    let sum = of_period(&app, &user, period).await?;
    let days: Vec<_> = sum
        .days(first, last)
        .into_iter()
        .map(|(date, day)| (date.to_string(), date.strftime("%-d %b").to_string(), day))
        .collect();
    let busiest = days
        .iter()
        .map(|(_, _, day)| day.processed + day.rejected)
        .max();
    let busiest = busiest.unwrap_or_default();
    Ok(html(&InsightsPage {
        layout: Layout::new(&user, "/insights"),
        days: period.days,
        periods: [1, 7, 30],
        empty: sum.images == 0,
        incomplete: incomplete(&sum, app.days.most_records()),
        headlines: headlines(&sum),
        columns: columns(&days, busiest),
        busiest,
        formats: counts(&sum.by_format),
        presets: presets(&sum),
        errors: counts(&sum.by_error),
        times: times(&sum),
        uploaders: uploaders(&sum),
    }))
}

fn incomplete(sum: &Insights, most_records: u32) -> Option<String> {
    let days = match sum.incomplete.as_slice() {
        [] => return None,
        [day] => format!("of {day}"),
        [first, .., last] => format!("of {} days, {first} to {last},", sum.incomplete.len()),
    };
    Some(format!(
        "Some images {days} are not counted, because at most {most_records} records are read at a \
         time. When you open this page again, more of them may be counted."
    ))
}

fn headlines(sum: &Insights) -> Vec<(&'static str, String)> {
    let rejected: u64 = sum.by_error.values().sum();
    let median = sum.milliseconds.p50;
    vec![
        ("images", sum.images.to_string()),
        ("rejected", rejected.to_string()),
        ("received", text::bytes(sum.original_bytes)),
        (
            "median time",
            median.map_or_else(|| "–".to_owned(), text::milliseconds),
        ),
    ]
}

fn uploaders(sum: &Insights) -> Vec<Row> {
    let rows = sum.by_uploader.iter().map(|one| Row {
        uploader: one.uploader.clone().unwrap_or_else(|| "unknown".to_owned()),
        images: one.images,
        originals: text::bytes(one.original_bytes),
        renditions: text::bytes(one.rendition_bytes),
        cpu: text::milliseconds(one.cpu_seconds * 1000.0),
        dollars: format!("{:.4}", one.dollars),
    });
    rows.collect()
}

/// Columns with a gap between them. The rejected images are stacked on top of the processed ones.
fn columns(days: &[(String, String, Day)], busiest: u64) -> Vec<Column> {
    #[expect(clippy::cast_precision_loss, reason = "there are at most 90 days")]
    let width = 100.0 / days.len().max(1) as f64;
    // A narrow screen has room for about eight dates.
    let step = days.len().div_ceil(8).max(1);
    let columns = days.iter().enumerate().map(|(at, (date, short, day))| {
        #[expect(clippy::cast_precision_loss, reason = "there are at most 90 days")]
        let x = at as f64 * width;
        let height = |count| -> f64 { chart::part(count, busiest, 100.0).parse().unwrap_or(0.0) };
        let (processed, rejected) = (height(day.processed), height(day.rejected));
        let processed = processed.min(100.0 - rejected);
        Column {
            date: date.clone(),
            label: if at % step == 0 {
                short.clone()
            } else {
                String::new()
            },
            words: format!("{} processed, {} rejected", day.processed, day.rejected),
            x: format!("{:.2}", x + width * 0.12),
            width: format!("{:.2}", width * 0.76),
            processed_y: format!("{:.1}", 100.0 - processed),
            processed_height: format!("{processed:.1}"),
            rejected_y: format!("{:.1}", 100.0 - processed - rejected),
            rejected_height: format!("{rejected:.1}"),
        }
    });
    columns.collect()
}

fn counts(counts: &std::collections::BTreeMap<String, u64>) -> Vec<Bar> {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    chart::bars(
        counts
            .into_iter()
            .map(|(name, &count)| (name.clone(), count.to_string(), count)),
    )
}

/// Each preset's bytes beside those of the originals.
fn presets(sum: &Insights) -> Vec<Bar> {
    let mut presets: Vec<_> = sum.by_preset.iter().collect();
    presets.sort_by_key(|(_, saved)| saved.bytes);
    let rows = presets.into_iter().map(|(preset, saved)| {
        #[expect(clippy::cast_precision_loss, reason = "whole per cent are shown")]
        let share = saved.bytes as f64 / saved.original_bytes.max(1) as f64;
        let words = match 1.0 - share {
            less if less >= 0.0 => format!("{} less", text::percent(less)),
            more => format!("{} more", text::percent(-more)),
        };
        let bytes = text::bytes(saved.bytes);
        (
            preset.clone(),
            format!("{bytes}, {words} than the originals"),
            saved.bytes,
        )
    });
    let originals = (
        "originals".to_owned(),
        text::bytes(sum.original_bytes),
        sum.original_bytes,
    );
    if sum.by_preset.is_empty() {
        return Vec::new();
    }
    chart::bars(rows.chain([originals]))
}

fn times(sum: &Insights) -> Vec<Bar> {
    let times = sum.milliseconds;
    let rows = [
        ("50 % within", times.p50),
        ("90 % within", times.p90),
        ("99 % within", times.p99),
        ("slowest", times.max),
    ];
    let rows = rows.into_iter().filter_map(|(name, ms)| {
        let ms = ms?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a time in microseconds is positive and far below the limit"
        )]
        let microseconds = (ms.max(0.0) * 1000.0) as u64;
        Some((name.to_owned(), text::milliseconds(ms), microseconds))
    });
    chart::bars(rows)
}
