//! A browser in words, from what it calls itself, and a place, from an address: so that a person knows their own. No I/O,
//! no outside service.

use std::net::IpAddr;

/// What the text says, and the browser it means; the first that fits counts, as most claim to be others too.
const BROWSERS: [(&str, &str); 10] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("Windows NT", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

/// “Firefox on Windows”; what isn't known isn't guessed.
pub fn in_words(user_agent: &str) -> String {
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, words)| *words)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.into(),
        (None, Some(system)) => format!("Unknown browser on {system}"),
        (None, None) => "Unknown browser".into(),
    }
}

/// Where an address is, as far as that can be said without asking anybody: seen from the address of now.
pub fn place(address: Option<IpAddr>, now: Option<IpAddr>) -> String {
    let Some(address) = address else { return "Unknown place".into() };
    let is_here = now.is_some_and(|now| network(now) == network(address));
    let words = match address {
        _ if is_here => "the network you are in now",
        IpAddr::V4(v4) if v4.is_private() || v4.is_loopback() || v4.is_link_local() => "a private network",
        IpAddr::V6(v6) if v6.is_unique_local() || v6.is_loopback() || v6.is_unicast_link_local() => "a private network",
        _ => "elsewhere",
    };
    format!("{address}, {words}")
}

/// What one household or office has: its IPv4 address, or the /64 of its IPv6 addresses.
fn network(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits() & (!0 << 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_though_they_claim_to_be_each_other() {
        for (user_agent, words) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            ("Mozilla/5.0 (Windows NT 10.0)", "Unknown browser on Windows"),
            ("curl/8.5.0", "Unknown browser"),
            ("", "Unknown browser"),
            ("<script>alert(1)</script>", "Unknown browser"),
        ] {
            assert_eq!(in_words(user_agent), words, "{user_agent}");
        }
    }

    #[test]
    fn places_are_told_from_the_address_alone() {
        let at = |text: &str| text.parse::<IpAddr>().ok();
        for (address, now, words) in [
            ("203.0.113.7", "203.0.113.7", "203.0.113.7, the network you are in now"),
            ("203.0.113.8", "203.0.113.7", "203.0.113.8, elsewhere"),
            ("192.168.1.5", "203.0.113.7", "192.168.1.5, a private network"),
            ("2001:db8:1:2::5", "2001:db8:1:2:9::1", "2001:db8:1:2::5, the network you are in now"),
            ("fd00::1", "203.0.113.7", "fd00::1, a private network"),
            ("2001:db8::1", "203.0.113.7", "2001:db8::1, elsewhere"),
        ] {
            assert_eq!(place(at(address), at(now)), words);
        }
        assert_eq!(place(None, at("203.0.113.7")), "Unknown place");
    }
}
