//! Pages for people, rendered here and complete without scripts.
//!
//! - [`gallery`]: images, the newest first
//! - [`upload`]: the form, what it takes, and what became of it
//! - [`image`]: one image with everything that is known about it
//! - [`insights`]: what the records add up to, as charts
//! - [`api`]: the API for people
//! - [`chart`]: curves and bars as SVG
//! - [`facts`]: what a record says, in words; `provenance` those of how a picture came to be
//! - [`runs`]: images that are made anew
//! - [`selection`]: what is done with several images at once
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

/// What every page has around its content.
pub struct Layout {
    /// What the user is called; nobody on an error page.
    user: Option<String>,
    /// Whether that is an administrator.
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

/// A page that says what went wrong. Its status is set by the caller.
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

/// Renders a page. Templates are checked when this is compiled, so a failure is a bug.
fn html(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response(),
        Err(error) => Error::internal(&error).status().into_response(),
    }
}
