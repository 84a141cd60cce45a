//! An error page that needs nothing of the app: for panics, time-outs, overload and whatever else ends a
//! request before or outside of Leptos. One string, no script, no inline style; its one style sheet is the
//! file `public/error.css`, so the page is readable also when that can't be served.
//!
//! ```
//! use techally::ui::{PLAIN_ERROR_CSP, plain_error_page, plain_error_words};
//! let (title, text) = plain_error_words(503);
//! let page = plain_error_page(503, title, text, "0f2c…"); // answer with PLAIN_ERROR_CSP and Retry-After
//! assert!(page.ends_with("</html>\n") && !PLAIN_ERROR_CSP.contains("unsafe"));
//! ```

use html_escape::{encode_double_quoted_attribute as attribute, encode_text as text_of};

/// The Content-Security-Policy of such a page.
pub const PLAIN_ERROR_CSP: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The whole page: what happened, what to do next, the request's id for whoever reads the log.
/// All four are escaped. Answer it with the same status, [`PLAIN_ERROR_CSP`], `text/html; charset=utf-8`,
/// `no-store`, and `Retry-After` for 429 and 503.
#[must_use]
pub fn plain_error_page(status: u16, title: &str, text: &str, request_id: &str) -> String {
    let (title, text, request_id) = (text_of(title), text_of(text), attribute(request_id));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · TechAlly</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/error.css\"></head>\
         <body><main><p class=\"status\">{status}</p><h1>{title}</h1><p>{text}</p>\
         <p><a href=\"/\">Go to today’s work</a></p>\
         <p class=\"request\">Request <code>{request_id}</code></p></main></body></html>\n"
    )
}

/// Title and text for a status, as the app's own error pages say it.
#[must_use]
pub const fn plain_error_words(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => {
            ("Not understood", "The server could not read this request. Go back, check what you entered and try again.")
        }
        401 => ("Signed out", "You are signed out. Sign in again and repeat the last step."),
        403 => ("Not allowed", "The server refused this request. Nothing was changed."),
        404 => ("Not found", "There is nothing at this address. It may have been deleted."),
        405 => ("Not possible", "This address can't be used that way."),
        408 => ("Too slow", "The request did not arrive in time. Nothing was changed; try again."),
        413 => ("Too large", "This is more than the server takes at once. Nothing was changed."),
        415 => ("Not understood", "What was sent has a form that this address doesn't take."),
        429 => ("Too many tries", "There were too many tries in a short time. Wait a minute, then try again."),
        503 => ("Busy", "The server is busy. Nothing was changed; wait a few seconds and load the page again."),
        504 => (
            "Took too long",
            "This took longer than it may. Load the page again; if it stays like this, tell your administrator the number below.",
        ),
        402..=499 => ("Not understood", "This request could not be read. Nothing was changed."),
        _ => (
            "Something went wrong",
            "Something went wrong on our side. Load the page again; if it stays like this, tell your administrator the number below.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_can_not_break_out() {
        let page = plain_error_page(500, "<b>", "a & <script>", "\"><script>alert(1)</script>");
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
        assert!(page.contains("a &amp; &lt;script&gt;"));
    }

    #[test]
    fn every_status_says_what_to_do_and_needs_nothing_inline() {
        for status in [400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504] {
            let (title, text) = plain_error_words(status);
            let page = plain_error_page(status, title, text, "id-1");
            assert!(page.contains(&format!(">{status}<")) && page.contains("id-1") && page.ends_with("</html>\n"));
            assert!(!page.contains("style=") && !page.contains("<style") && !page.contains("<script"), "{page}");
        }
        assert!(plain_error_words(429).1.contains("Wait") && plain_error_words(503).1.contains("wait"));
    }
}
