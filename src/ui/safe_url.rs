//! Links made of data. A text from a customer, a carrier or the address bar can be `javascript:…`; a
//! [`SafeUrl`] can't. Outside `src/ui` nothing else may be given to `href`, `src` or `action` but a literal
//! (`make lint`), so a link made of data is a [`Link`].

use leptos::prelude::*;
use std::borrow::Cow;

/// An address that is safe to follow: http(s), mailto, tel, or a path of ours. Anything else is no address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafeUrl(Option<Cow<'static, str>>);

impl SafeUrl {
    /// From any text. What isn't safe becomes no address: its link is drawn as plain text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(is_safe(text).then(|| text.to_owned().into()))
    }

    /// A path of ours, as `/orders?q=…`.
    #[must_use]
    pub fn path(path: impl Into<Cow<'static, str>>) -> Self {
        let path = path.into();
        Self(is_path(&path).then_some(path))
    }

    /// The address, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// What goes into the attribute; without an address there is none.
    pub(super) fn into_attribute(self) -> Option<Cow<'static, str>> {
        self.0
    }

    /// Whether it leads to another site or program.
    fn is_foreign(&self) -> bool {
        self.0.as_ref().is_some_and(|url| !url.starts_with('/'))
    }
}

/// Browsers drop tabs and line breaks inside an address and read `\` as `/`: no such character passes.
fn is_clean(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\')
}

fn is_path(text: &str) -> bool {
    is_clean(text) && text.starts_with('/') && !text.starts_with("//")
}

fn is_safe(text: &str) -> bool {
    if is_path(text) {
        return true;
    }
    let Some((scheme, rest)) = text.split_once(':').filter(|_| is_clean(text)) else { return false };
    if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
        // no user part: https://bank.example@evil.example leads to evil.example
        let host = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        return host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[' || !c.is_ascii())
            && !host.contains('@');
    }
    !rest.is_empty() && (scheme.eq_ignore_ascii_case("mailto") || scheme.eq_ignore_ascii_case("tel"))
}

/// A link to an address that is known only when the page is drawn.
#[component]
pub fn Link(
    /// Where it leads; no address: its content without a link.
    to: SafeUrl,
    /// Class of the element.
    #[prop(optional)]
    class: &'static str,
    /// What the link is to this page, as `next`.
    #[prop(optional)]
    rel: &'static str,
    /// Content.
    children: Children,
) -> AnyView {
    let rel = match (to.is_foreign(), rel) {
        (true, _) => Some("noopener noreferrer"),
        (false, "") => None,
        (false, rel) => Some(rel),
    };
    let class = (!class.is_empty()).then_some(class);
    view! { <a class=class rel=rel href=to.into_attribute()>{children()}</a> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_link_to_passes() {
        for good in [
            "/",
            "/orders?status=PENDING&q=a%20b#top",
            "https://www.dhl.de/track?id=1",
            "HTTP://localhost:3000",
            "https://[::1]/x",
            "mailto:ida@mail.example",
            "tel:+49305550199",
        ] {
            assert_eq!(SafeUrl::parse(good).as_str(), Some(good));
        }
    }

    #[test]
    fn nothing_that_runs_or_leads_astray_passes() {
        for bad in [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "\u{feff}javascript:alert(1)",
            "javascript&#58;alert(1)",
            "javascript&colon;alert(1)",
            "&#106;avascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:msgbox(1)",
            "file:///etc/passwd",
            "blob:https://x/1",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "///evil.example",
            "https:evil.example",
            "https:/evil.example",
            "https://",
            "https://good.example@evil.example",
            "https://\\evil.example",
            "mailto:",
            "orders",
            "?q=1",
            "#main",
        ] {
            assert_eq!(SafeUrl::parse(bad).as_str(), None, "{bad:?}");
        }
        for bad in ["https://x.example", "//evil.example", "orders", ""] {
            assert_eq!(SafeUrl::path(bad).as_str(), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_drawn_without_a_link() {
        let draw = |text: &str| Owner::new().with(|| view! { <Link to=SafeUrl::parse(text)>"Track"</Link> }.to_html());
        assert!(draw("https://www.dhl.de/").contains("href=\"https://www.dhl.de/\""));
        assert!(draw("https://www.dhl.de/").contains("noopener"));
        let bad = draw("javascript:alert(1)");
        assert!(bad.contains("Track") && !bad.contains("href") && !bad.contains("javascript"), "{bad}");
    }
}
