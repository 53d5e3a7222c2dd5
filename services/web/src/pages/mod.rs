//! The pages, one file each, and the frame around them.

pub(crate) mod competition;
pub(crate) mod home;
pub(crate) mod ledger;
pub(crate) mod metric;
pub(crate) mod metrics;
pub(crate) mod overall;
pub(crate) mod task;
pub(crate) mod team;
pub(crate) mod teams;

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;

use crate::assets::{LINKS, Links};
use crate::failure::Failure;
use crate::format::Moment;
use crate::language::{Language, Visitor};
use crate::messages::Messages;

/// What the base template shows on every page.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The language of the page.
    pub language: Language,
    /// What it says.
    pub messages: &'static Messages,
    /// The page's title, before the name of the site.
    pub title: String,
    /// The style sheet and the script.
    pub links: &'static Links,
    /// The server's time, by which the script counts down: the viewer's clock may be wrong.
    pub now: Moment,
}

impl Frame {
    /// The frame of a page for this visitor.
    pub fn new(visitor: Visitor, title: &str) -> Self {
        Self {
            language: visitor.language,
            messages: visitor.language.messages(),
            title: title.to_owned(),
            links: &LINKS,
            now: Moment(Timestamp::now()),
        }
    }
}

/// `?after=`: where a list goes on.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Paging {
    /// The page token of the list before.
    #[serde(default)]
    pub after: String,
}

/// A fragment or a picture as text.
pub(crate) fn render(template: &impl Template) -> Result<String, Failure> {
    template.render().map_err(|error| {
        tracing::error!(%error, "a template does not render");
        Failure::Broken
    })
}

/// A whole page. It remembers the visitor's choice of language; fragments do not, because the script asks for them in
/// the language of its page, which may be an older choice in another tab.
fn page(visitor: Visitor, template: &impl Template) -> Result<Response, Failure> {
    let mut response = Html(render(template)?).into_response();
    if let Some(cookie) = visitor.cookie() {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
