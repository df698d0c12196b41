//! HTML pages, rendered on the server and complete without scripts.
//!
//! - [`gallery`]: images, the newest first
//! - [`upload`]: the upload form, its handling, and the results
//! - [`image`]: one image with everything that is known about it
//! - [`insights`]: totals of the records, as charts
//! - [`api`]: the description of the API as a page
//! - [`chart`]: curves and bars as SVG
//! - [`facts`]: the facts of a record in words; `provenance` has those about how a picture was made
//! - [`runs`]: the progress of runs
//! - [`selection`]: actions on several images at once
//! - [`text`]: numbers and times for people

pub mod api;
pub mod chart;
pub mod facts;
pub mod gallery;
pub mod image;
pub mod insights;
mod provenance;
pub mod runs;
pub mod selection;
pub mod text;
pub mod upload;

use askama::Template;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use crate::{assets, auth::User, error::Error};

/// The frame of every page.
pub struct Layout {
    /// The user's name; nobody on an error page.
    user: Option<String>,
    /// Whether the user is an administrator.
    admin: bool,
    /// The address of the entry that the menu marks as current.
    current: &'static str,
}

impl Layout {
    fn new(user: &User, current: &'static str) -> Self {
        Self {
            user: Some(user.name.clone()),
            admin: user.admin,
            current,
        }
    }

    /// The address of a style or script.
    #[expect(
        clippy::unused_self,
        reason = "templates call what they find on their fields"
    )]
    fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    fn menu(&self) -> Vec<(&'static str, &'static str, bool)> {
        let entry = |address, name| (address, name, address == self.current);
        let mut entries = vec![
            entry("/", "Gallery"),
            entry("/upload", "Upload"),
            entry("/insights", "Insights"),
        ];
        if self.admin {
            entries.push(entry("/runs", "Runs"));
        }
        entries.push(entry("/api", "API"));
        entries
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    title: &'static str,
    message: String,
}

/// A page that says what went wrong. The caller sets its status.
#[must_use]
pub fn error_page(error: &Error) -> Response {
    html(&ErrorPage {
        layout: Layout {
            user: None,
            admin: false,
            current: "",
        },
        title: error.status().canonical_reason().unwrap_or("Error"),
        message: error.to_string(),
    })
}

/// Renders a page. Templates are checked at compile time, so a failure is a bug.
fn html(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response(),
        Err(error) => Error::internal(&error).status().into_response(),
    }
}
