//! The browser's side of a form: its fields to the server function, the answer back.

use crate::{error::AppError, forms::Outcome};
use server_fn::{
    client::{Client, browser::BrowserClient},
    error::FromServerFnError,
    request::{ClientReq, browser::BrowserRequest},
    response::ClientRes,
};

/// Posts the fields and reads the outcome.
pub async fn send(path: &str, fields: String) -> Result<Outcome, AppError> {
    let body = post(path, fields).await?;
    serde_json::from_slice(&body).map_err(|_| AppError::Unexpected { request_id: "none".into() })
}

/// What a server function answers with, as the text of its JSON; the fields are encoded as a form's.
pub async fn ask(path: &str, fields: String) -> Result<String, AppError> {
    Ok(String::from_utf8_lossy(&post(path, fields).await?).into_owned())
}

/// The answer's body; a status of 400 and above carries an error.
async fn post(path: &str, fields: String) -> Result<bytes::Bytes, AppError> {
    let request = <BrowserRequest as ClientReq<AppError>>::try_new_post(
        path,
        "application/x-www-form-urlencoded",
        "application/json",
        fields,
    )?;
    let answer = <BrowserClient as Client<AppError>>::send(request).await?;
    let status = ClientRes::<AppError>::status(&answer);
    let body = ClientRes::<AppError>::try_into_bytes(answer).await?;
    if status >= 400 {
        return Err(AppError::de(body));
    }
    Ok(body)
}
