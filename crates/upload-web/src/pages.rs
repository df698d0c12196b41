//! Pages for people, rendered here and complete without scripts.
//!
//! - [`gallery`]: images, the newest first
//! - [`upload`]: the form, what it takes, and what became of it
//! - [`image`]: one image with everything that is known about it
//! - [`insights`]: what the records add up to, as charts
//! - [`api`]: the API for people
//! - [`chart`]: curves and bars as SVG
//! - [`facts`]: what a record says, in words; `provenance` those of how a picture came to be
//! - [`selection`]: what is done with several images at once
//! - [`text`]: numbers and times for people

pub mod api;
pub mod chart;
pub mod facts;
pub mod gallery;
pub mod image;
pub mod insights;
mod provenance;
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
    /// The address of the entry that the menu marks as current.
    current: &'static str,
}

impl Layout {
    fn new(user: &User, current: &'static str) -> Self {
        Self {
            user: Some(user.name.clone()),
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

    fn menu(&self) -> [(&'static str, &'static str, bool); 4] {
        let entry = |address, name| (address, name, address == self.current);
        [
            entry("/", "Gallery"),
            entry("/upload", "Upload"),
            entry("/insights", "Insights"),
            entry("/api", "API"),
        ]
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
