//! Totals of the records, as JSON.

#![expect(
    unused_qualifications,
    reason = "the OpenAPI macro qualifies what it names"
)]

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Error, Problem},
    query::Parameters,
    records::insights::Insights,
};

/// The most days in one answer.
const MOST_DAYS: i64 = 90;

/// The days to add up.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// The number of days up to and including today, in UTC, from 1 to 90. The default is 7.
    #[serde(default = "Period::usual")]
    #[param(minimum = 1, maximum = 90)]
    pub days: i64,
}

impl Period {
    fn usual() -> i64 {
        7
    }

    /// The first and the last day.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if there are too few or too many.
    pub fn dates(self) -> Result<(Date, Date), Error> {
        if !(1..=MOST_DAYS).contains(&self.days) {
            return Err(Error::Invalid(format!(
                "The number of days must be between 1 and {MOST_DAYS}."
            )));
        }
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let first = today.checked_sub((self.days - 1).days());
        Ok((first.map_err(|error| Error::internal(&error))?, today))
    }
}

/// Add up the records of some days
///
/// The numbers of past days can be ten minutes old, and those of today half a minute.
#[utoipa::path(get, path = "/api/v1/insights", params(Period), tag = "insights", responses(
    (status = 200, body = Insights),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub async fn insights(
    State(app): State<Arc<App>>,
    user: User,
    Parameters(period): Parameters<Period>,
) -> Result<Json<Insights>, ApiError> {
    Ok(Json(of_period(&app, &user, period).await?))
}

/// The totals of what the user may see of a period.
pub async fn of_period(app: &App, user: &User, period: Period) -> Result<Insights, Error> {
    app.days.insights(&app.records, user, period.dates()?).await
}
