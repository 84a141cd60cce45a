//! The server as a stranger meets it; what it does for the client is tested with the client in tests/http/storage.rs.

use super::*;
use crate::server::storage::client::{Patience, Server as Target, connect};
use aws_sdk_s3::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut},
    error::{BoxError, ProvideErrorMetadata},
    presigning::PresigningConfig,
};
use std::{
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    time::{Duration, SystemTime},
};
use uuid::Uuid;

struct Here {
    server: Embedded,
    folder: PathBuf,
}

impl Drop for Here {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Here {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("techally-embedded-{}", Uuid::new_v4().simple()));
        Self { server: Embedded::start(&folder).await.expect("a server"), folder }
    }

    fn client(&self) -> Client {
        self.client_as(&self.server.access_key_id, &self.server.secret_access_key, REGION)
    }

    fn client_as(&self, id: &str, secret: &str, region: &str) -> Client {
        let target = Target {
            endpoint: Some(&self.server.endpoint),
            region,
            access_key_id: id,
            secret_access_key: secret,
            path_style: true,
        };
        connect(&target, &Patience::default())
    }
}

/// Changes a body after it was signed.
#[derive(Debug)]
struct Swap;

impl Intercept for Swap {
    fn name(&self) -> &'static str {
        "swap"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        *context.request_mut().body_mut() = b"abd".to_vec().into();
        Ok(())
    }
}

fn code<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    answer: Result<T, aws_sdk_s3::error::SdkError<E, R>>,
) -> String {
    answer.expect_err("refused").code().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn only_the_holder_of_the_key_gets_in() {
    let here = Here::start().await;
    let (id, secret) = (&here.server.access_key_id, &here.server.secret_access_key);
    let put = |client: Client| client.put_object().bucket(BUCKET).key("export/a").body(b"a".to_vec().into()).send();
    put(here.client()).await.expect("its holder");
    assert_eq!(code(put(here.client_as(id, "another", REGION)).await), "SignatureDoesNotMatch");
    assert_eq!(code(put(here.client_as("another", secret, REGION)).await), "InvalidAccessKeyId");
    assert_eq!(code(put(here.client_as(id, secret, "elsewhere")).await), "SignatureDoesNotMatch");
    let url = format!("{}/{BUCKET}/export/a", here.server.endpoint);
    let http = reqwest::Client::new();
    assert_eq!(http.get(&url).send().await.expect("an answer").status(), 403);
    assert_eq!(
        http.get(&url).header("authorization", "AWS4-HMAC-SHA256 nonsense").send().await.expect("an answer").status(),
        403
    );
    let mode = std::fs::metadata(&here.folder).expect("the folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn what_was_signed_can_not_be_changed_on_its_way_nor_used_for_long() {
    let here = Here::start().await;
    let client = here.client();
    client.put_object().bucket(BUCKET).key("export/a").body(b"abc".to_vec().into()).send().await.expect("put");
    let http = reqwest::Client::new();
    let signed = async |start: SystemTime| {
        let lives =
            PresigningConfig::builder().start_time(start).expires_in(Duration::from_mins(5)).build().expect("a time");
        let call = client.get_object().bucket(BUCKET).key("export/a").response_content_type("text/csv");
        call.presigned(lives).await.expect("signed").uri().to_owned()
    };
    let url = signed(SystemTime::now()).await;
    let answer = http.get(&url).send().await.expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"text/csv".parse().expect("a header"))
    );
    for (from, to) in [("export/a", "export/b"), ("text%2Fcsv", "text%2Fhtml"), ("Expires=300", "Expires=3000")] {
        assert!(url.contains(from), "{url}");
        assert_eq!(http.get(url.replace(from, to)).send().await.expect("an answer").status(), 403, "{to}");
    }
    assert_eq!(http.delete(&url).send().await.expect("an answer").status(), 403, "a link reads");
    let old = signed(SystemTime::now() - Duration::from_mins(6)).await;
    assert_eq!(http.get(old).send().await.expect("an answer").status(), 403);
    let call = client.put_object().bucket(BUCKET).key("export/c").body(b"abc".to_vec().into());
    assert_eq!(code(call.customize().interceptor(Swap).send().await), "XAmzContentSHA256Mismatch");
    assert_eq!(code(client.get_object().bucket(BUCKET).key("export/c").send().await), "NoSuchKey");
    let headers = [
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=a/20260101/local/s3/aws4_request, SignedHeaders=host, Signature=00",
        ),
        ("x-amz-date", "20260101T000000Z"),
        ("x-amz-content-sha256", "00"),
    ];
    let mut request = http.put(format!("{}/{BUCKET}/export/d", here.server.endpoint)).body("x");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    assert_eq!(request.send().await.expect("an answer").status(), 403, "the clock differs");
}

#[tokio::test]
async fn uploads_are_held_to_the_rules_of_s3() {
    use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
    let here = Here::start().await;
    let client = here.client();
    let begun = client.create_multipart_upload().bucket(BUCKET).key("writing/1").send().await.expect("begun");
    let id = begun.upload_id().expect("an id").to_owned();
    let part = |number: i32, contents: Vec<u8>| {
        let call = client.upload_part().bucket(BUCKET).key("writing/1").upload_id(&id).part_number(number);
        call.body(contents.into()).send()
    };
    let etag = |stored: aws_sdk_s3::operation::upload_part::UploadPartOutput| stored.e_tag.expect("an etag");
    let small = etag(part(1, vec![1; 100]).await.expect("stored"));
    let end = etag(part(2, vec![2; 100]).await.expect("stored"));
    let complete = |parts: Vec<(i32, &str)>| {
        let parts =
            parts.iter().map(|(number, etag)| CompletedPart::builder().part_number(*number).e_tag(*etag).build());
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        let call = client.complete_multipart_upload().bucket(BUCKET).key("writing/1").upload_id(&id);
        call.multipart_upload(parts).send()
    };
    assert_eq!(code(complete(vec![(1, &small), (2, &end)]).await), "EntityTooSmall");
    // the same number again replaces the part
    let large = etag(part(1, vec![3; 5 << 20]).await.expect("stored"));
    assert_eq!(code(complete(vec![(1, &small), (2, &end)]).await), "InvalidPart");
    assert_eq!(code(complete(vec![(2, &end), (1, &large)]).await), "InvalidPartOrder");
    assert_eq!(code(complete(vec![(1, &large), (3, &end)]).await), "InvalidPart");
    let listed = client.list_parts().bucket(BUCKET).key("writing/1").upload_id(&id).send().await.expect("parts");
    let sizes: Vec<_> = listed.parts().iter().map(|part| (part.part_number(), part.size())).collect();
    assert_eq!(sizes, [(Some(1), Some(5 << 20)), (Some(2), Some(100))]);
    complete(vec![(1, &large), (2, &end)]).await.expect("complete");
    assert_eq!(code(complete(vec![(1, &large), (2, &end)]).await), "NoSuchUpload");
    assert_eq!(code(part(3, vec![1]).await), "NoSuchUpload");
    let whole = client.head_object().bucket(BUCKET).key("writing/1").send().await.expect("there");
    assert_eq!(whole.content_length(), Some((5 << 20) + 100));
    let abort = |id: &str| client.abort_multipart_upload().bucket(BUCKET).key("writing/1").upload_id(id).send();
    assert_eq!(code(abort("../objects").await), "NoSuchUpload");
    let drafts = std::fs::read_dir(here.folder.join("drafts")).expect("drafts").count();
    let uploads = std::fs::read_dir(here.folder.join("uploads")).expect("uploads").count();
    assert_eq!((drafts, uploads), (0, 0), "nothing is left");
}

#[tokio::test]
async fn lists_are_in_order_page_by_page() {
    let here = Here::start().await;
    let client = here.client();
    let mut names: Vec<String> =
        ["a-b", "a.b", "a/b", "a/b-c", "a/c/d", "a0", "b/a", "export/aa/bb/cc"].map(str::to_owned).into();
    for name in &names {
        client.put_object().bucket(BUCKET).key(name).body(b"x".to_vec().into()).send().await.expect("put");
    }
    names.sort();
    let list = async |prefix: &str, most: i32| {
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let call = client.list_objects_v2().bucket(BUCKET).prefix(prefix).max_keys(most);
            let page = call.set_continuation_token(token).send().await.expect("a page");
            assert!(page.contents().len() <= usize::try_from(most).expect("small"));
            found.extend(page.contents().iter().map(|object| object.key().expect("a name").to_owned()));
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                assert_eq!(page.is_truncated(), Some(false));
                return found;
            }
        }
    };
    for most in [1, 2, 3, 100] {
        assert_eq!(list("", most).await, names, "{most}");
    }
    assert_eq!(list("a/b", 1).await, ["a/b", "a/b-c"]);
    client.delete_object().bucket(BUCKET).key("a/c/d").send().await.expect("deleted");
    client.delete_object().bucket(BUCKET).key("a/c/d").send().await.expect("twice is once");
    assert!(!here.folder.join("objects/a/c").exists() && here.folder.join("objects/a").exists());
    assert_eq!(code(client.put_object().bucket(BUCKET).key("../x").send().await), "InvalidArgument");
    assert_eq!(code(client.list_objects_v2().bucket("another").send().await), "NoSuchBucket");
}
