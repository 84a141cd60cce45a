//! AWS Signature Version 4, of headers and of addresses (presigned).

use super::{REGION, answers::Refusal};
use crate::server::{hex::hex, storage::links::unhex};
use axum::extract::Request;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use time::{Date, Month, OffsetDateTime, Time};

/// How far the clocks of the two ends may be apart, in seconds.
const SKEW: i64 = 15 * 60;
/// No address is valid for longer, in seconds.
const LONGEST: i64 = 7 * 24 * 60 * 60;
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The one key.
pub(super) struct Key {
    pub id: String,
    pub secret: String,
}

/// What a request says of its signature.
struct Claim {
    /// `id/20261125/local/s3/aws4_request`.
    scope: String,
    headers: String,
    signature: String,
    time: String,
}

/// Passes requests that the key's holder signed; returns the hash that the body must have.
pub(super) fn check(key: &Key, request: &Request, now: OffsetDateTime) -> Result<String, Refusal> {
    let query = request.uri().query().unwrap_or_default();
    let headers = request.headers();
    if query.contains("X-Amz-Signature=") {
        let value = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(found, _)| found == name)
                .map(|(_, value)| value.into_owned())
        };
        let all = || {
            Some((
                value("X-Amz-Credential")?,
                value("X-Amz-SignedHeaders")?,
                value("X-Amz-Signature")?,
                value("X-Amz-Date")?,
                value("X-Amz-Expires")?.parse::<i64>().ok()?,
            ))
        };
        let (scope, headers, signature, time, expires) = all().ok_or(Refusal::SignatureDoesNotMatch)?;
        let age = (now - moment(&time)?).whole_seconds();
        if value("X-Amz-Algorithm").as_deref() != Some(ALGORITHM) || !(1..=LONGEST).contains(&expires) {
            return Err(Refusal::SignatureDoesNotMatch);
        }
        if !(-SKEW..expires).contains(&age) {
            return Err(Refusal::AccessDenied("Request has expired"));
        }
        verify(key, request, &Claim { scope, headers, signature, time }, UNSIGNED)?;
        return Ok(UNSIGNED.to_owned());
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(authorization) = text("authorization") else { return Err(Refusal::AccessDenied("Sign the request.")) };
    let all = || {
        let fields = authorization.strip_prefix(ALGORITHM)?;
        let field = |name: &str| {
            fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        Some(Claim {
            scope: field("Credential")?,
            headers: field("SignedHeaders")?,
            signature: field("Signature")?,
            time: text("x-amz-date")?.to_owned(),
        })
    };
    let claim = all().ok_or(Refusal::SignatureDoesNotMatch)?;
    let body = text("x-amz-content-sha256").ok_or(Refusal::SignatureDoesNotMatch)?;
    if (now - moment(&claim.time)?).whole_seconds().abs() > SKEW {
        return Err(Refusal::AccessDenied("The clock differs"));
    }
    // a body without a hash could be anybody's
    if unhex(body).is_none_or(|hash| hash.len() != 32) {
        return Err(Refusal::NotImplemented);
    }
    verify(key, request, &claim, body)?;
    Ok(body.to_owned())
}

fn verify(key: &Key, request: &Request, claim: &Claim, body: &str) -> Result<(), Refusal> {
    let mut scope = claim.scope.splitn(2, '/');
    let (id, scope) = (scope.next().unwrap_or_default(), scope.next().unwrap_or_default());
    if id != key.id {
        return Err(Refusal::InvalidAccessKeyId);
    }
    let day = claim.time.get(..8).unwrap_or_default();
    if scope != format!("{day}/{REGION}/s3/aws4_request") {
        return Err(Refusal::SignatureDoesNotMatch);
    }
    let names: Vec<&str> = claim.headers.split(';').collect();
    if !names.contains(&"host") || (body != UNSIGNED && !names.contains(&"x-amz-content-sha256")) {
        return Err(Refusal::SignatureDoesNotMatch);
    }
    let canonical = format!(
        "{}\n{}\n{}\n{}\n{}\n{body}",
        request.method(),
        request.uri().path(),
        canonical_query(request.uri().query().unwrap_or_default()),
        canonical_headers(request.headers(), &names),
        claim.headers
    );
    let to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{}", claim.time, hex(&Sha256::digest(canonical)));
    let given = unhex(&claim.signature).ok_or(Refusal::SignatureDoesNotMatch)?;
    let valid = (|| {
        let mut signing = sign(format!("AWS4{}", key.secret).as_bytes(), day)?;
        for part in [REGION, "s3", "aws4_request"] {
            signing = sign(&signing, part)?;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(&signing).ok()?;
        mac.update(to_sign.as_bytes());
        // in constant time
        mac.verify_slice(&given).ok()
    })();
    valid.ok_or(Refusal::SignatureDoesNotMatch)
}

fn sign(key: &[u8], text: &str) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac.finalize().into_bytes().to_vec())
}

/// As it came, in order, each with its equals sign, without the signature.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(&str, &str)> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("X-Amz-Signature="))
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// A line each, blanks folded; and the empty line after them.
fn canonical_headers(headers: &HeaderMap, names: &[&str]) -> String {
    let mut lines = String::new();
    for name in names {
        let values: Vec<String> = headers
            .get_all(*name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        // writing to a String can't fail
        let _ = writeln!(lines, "{name}:{}", values.join(","));
    }
    lines
}

/// `20261125T213427Z`.
fn moment(text: &str) -> Result<OffsetDateTime, Refusal> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok();
    let small = |from: usize| number(from, from + 2).and_then(|number| u8::try_from(number).ok());
    let read = || {
        let is_shaped = text.len() == 16 && text.as_bytes()[8] == b'T' && text.ends_with('Z');
        let month = Month::try_from(small(4)?).ok()?;
        let date = Date::from_calendar_date(i32::from(number(0, 4)?), month, small(6)?).ok()?;
        let time = Time::from_hms(small(9)?, small(11)?, small(13)?).ok()?;
        is_shaped.then(|| date.with_time(time).assume_utc())
    };
    read().ok_or(Refusal::SignatureDoesNotMatch)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of Amazon's “Authenticating Requests (AWS Signature Version 4)” are for another region and bucket;
    /// what they have in common with ours is the canonical form.
    #[test]
    fn the_canonical_form_is_that_of_the_standard() {
        assert_eq!(canonical_query("prefix=J&max-keys=2"), "max-keys=2&prefix=J");
        assert_eq!(canonical_query("uploads"), "uploads=");
        assert_eq!(canonical_query("b=2&X-Amz-Signature=aa&a=%2F"), "a=%2F&b=2");
        let mut headers = HeaderMap::new();
        headers.insert("host", "127.0.0.1:1".parse().unwrap());
        headers.insert("x-amz-date", "  a   b ".parse().unwrap());
        assert_eq!(canonical_headers(&headers, &["host", "x-amz-date"]), "host:127.0.0.1:1\nx-amz-date:a b\n");
    }

    #[test]
    fn times_are_read() {
        let time = moment("20261125T213427Z").expect("a time");
        assert_eq!(time.unix_timestamp(), 1_795_642_467);
        for wrong in ["", "20261125", "20261325T213427Z", "20261125T213427z", "2026112ßT213427", "20261125 213427Z"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
