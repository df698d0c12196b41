//! Files in a multipart form, as a browser without scripts or `curl -F` sends them.
//!
//! The fields may come before or after the files, so no file is handed over before the form has
//! ended. Until then its blocks wait in storage, whatever its flow. So a form with any number of
//! files keeps one block in memory, and one place among the uploads.

use std::time::Duration;

use axum::extract::{
    Multipart,
    multipart::{Field, MultipartError},
};
use futures::TryStreamExt as _;
use tokio::time::timeout;

use super::{Accepted, Details, Receive, name, sniff, take::UploadRequest};
use crate::{error::Error, limits::Slot, quota::Claim, sender::Staged};

/// The most bytes of one text field.
const MOST_TYPED: usize = 16 * 1024;
/// The most fields of a form besides its files.
const MOST_FIELDS: usize = 32;
/// How long one field without a file may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The rules for a form.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The most files.
    pub most_files: usize,
    /// Whether it must contain a form token.
    pub token: bool,
}

/// The files of a form and their results.
#[derive(Default)]
pub struct Form {
    details: Details,
    staged: Vec<Received>,
    /// Files that were handed over.
    pub accepted: Vec<Accepted>,
    /// Files that were refused, and why.
    pub refused: Vec<(String, Error)>,
    /// The error that ended the work on the form early. Files that it stopped are among the
    /// refused.
    pub failed: Option<Error>,
    allowed: bool,
    fields: usize,
    slot: Option<Slot>,
}

/// A file of a form that was received and waits.
struct Received {
    file: String,
    staged: Staged,
    sha256: String,
    claim: Claim,
}

impl Form {
    /// Receives a form to its end and hands its files over.
    ///
    /// `details` apply if the form does not state its own.
    ///
    /// # Errors
    ///
    /// If the form as a whole is refused. Then nothing of it is sent.
    pub async fn take(
        upload: &UploadRequest<'_>,
        rules: Rules,
        details: Details,
        multipart: Multipart,
    ) -> Result<Self, Error> {
        let mut form = Self {
            details,
            allowed: !rules.token,
            ..Self::default()
        };
        if let Err(error) = form.receive(upload, rules, multipart).await {
            form.give_up(error)?;
            return Ok(form);
        }
        if !form.allowed {
            return Err(Error::Forbidden(
                "This form was not sent from a page of Darkroom. Please reload the page and try \
                 again.",
            ));
        }
        if form.staged.is_empty() && form.refused.is_empty() {
            return Err(Error::Invalid("No file was chosen.".to_owned()));
        }
        form.hand_over(upload).await?;
        Ok(form)
    }

    async fn receive(
        &mut self,
        upload: &UploadRequest<'_>,
        rules: Rules,
        mut multipart: Multipart,
    ) -> Result<(), Error> {
        // The time-out also covers the rest of the field before.
        while let Some(field) = timeout(PATIENCE, multipart.next_field())
            .await
            .map_err(|_| Error::Stalled)?
            .map_err(broken)?
        {
            if field.file_name().is_some() {
                self.file(upload, rules, field).await?;
            } else {
                self.field(upload, field).await?;
            }
        }
        Ok(())
    }

    async fn field(&mut self, upload: &UploadRequest<'_>, field: Field<'_>) -> Result<(), Error> {
        self.fields += 1;
        if self.fields > MOST_FIELDS {
            let message = format!("A form has at most {MOST_FIELDS} fields.");
            return Err(Error::Unprocessable(message));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let text = timeout(PATIENCE, typed(field))
            .await
            .map_err(|_| Error::Stalled)??;
        match name.as_str() {
            "token" => {
                upload.app.tokens.check(upload.user, &text)?;
                self.allowed = true;
            }
            "title" => self.details.title = text,
            "tags" => self.details.tags = text,
            "description" => self.details.description = text,
            "focus" => self.details.focus = text,
            "flow" => self.details.flow = Some(text),
            _ => {}
        }
        Ok(())
    }

    async fn file(
        &mut self,
        upload: &UploadRequest<'_>,
        rules: Rules,
        field: Field<'_>,
    ) -> Result<(), Error> {
        let stated = field.file_name().unwrap_or_default().to_owned();
        if stated.is_empty() {
            // A browser sends this if no file was chosen.
            return Ok(());
        }
        if self.staged.len() + self.refused.len() == rules.most_files {
            let message = match rules.most_files {
                1 => "Only one file can be sent at a time.".to_owned(),
                most => format!("At most {most} files can be sent at once."),
            };
            return Err(Error::Unprocessable(message));
        }
        let file = name::file_name(&stated);
        match self.stage(upload, &file, field).await {
            Ok(received) => self.staged.push(received),
            Err(error) if is_about_one_file(&error) => self.refused.push((file, error)),
            Err(error) => {
                self.refused.push((file, error.clone()));
                return Err(error);
            }
        }
        Ok(())
    }

    async fn stage(
        &mut self,
        upload: &UploadRequest<'_>,
        file: &str,
        field: Field<'_>,
    ) -> Result<Received, Error> {
        let name = upload.admit(file)?;
        let claim = upload.claim(&name, 0).await?;
        if self.slot.is_none() {
            self.slot = Some(upload.app.limits.slot(upload.user).await?);
        }
        let limit = upload.app.settings.max_upload_bytes();
        let mut receive = Receive::begin(field.map_err(broken), None, limit).await?;
        sniff::check_heic(receive.content_type(), upload.app.settings.heic)?;
        let flow = self.details.flow.as_deref();
        let staged = upload.app.senders.hold(flow, &mut receive, name).await?;
        claim.resize(receive.received())?;
        Ok(Received {
            file: file.to_owned(),
            staged,
            sha256: receive.sha256(),
            claim,
        })
    }

    /// Hands the files over, one after the other, until one fails for a reason that affects all.
    async fn hand_over(&mut self, upload: &UploadRequest<'_>) -> Result<(), Error> {
        let typed = self.details.checked()?;
        typed.metadata(upload.user, upload.trace)?;
        upload.app.senders.get(typed.flow.as_deref())?;
        let waiting = std::mem::take(&mut self.staged);
        let hashes: Vec<_> = waiting.iter().map(|one| one.sha256.as_str()).collect();
        let found = upload.app.existing_for_upload(upload.user, &hashes).await;
        let mut waiting = waiting.into_iter();
        for one in waiting.by_ref() {
            let Received {
                file,
                staged,
                sha256,
                claim,
            } = one;
            let details = Details {
                filename: file.clone(),
                ..typed.clone()
            };
            match upload.hand_over(staged, &details).await {
                Ok(accepted) => {
                    claim.keep();
                    self.accepted.push(accepted.beside(&found, Some(&sha256)));
                }
                Err(error) => {
                    self.refused.push((file, error.clone()));
                    self.failed = Some(error);
                    break;
                }
            }
        }
        // Each of the others would only wait for the service that has just not answered.
        if let Some(error) = &self.failed {
            let rest = waiting.map(|one| (one.file, error.clone()));
            self.refused.extend(rest);
        }
        Ok(())
    }

    /// Handles a form that ended early: none of its files is sent, and each is reported as refused.
    fn give_up(&mut self, error: Error) -> Result<(), Error> {
        if self.staged.is_empty() && self.refused.is_empty() {
            return Err(error);
        }
        for one in self.staged.drain(..) {
            self.refused.push((one.file, error.clone()));
        }
        self.failed = Some(error);
        Ok(())
    }
}

/// Whether the other files of the form may still be good.
fn is_about_one_file(error: &Error) -> bool {
    matches!(
        error,
        Error::UnsupportedType(_)
            | Error::TooLarge { .. }
            | Error::QuotaExceeded(_)
            | Error::RateLimited(_)
    )
}

async fn typed(mut field: Field<'_>) -> Result<String, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_TYPED {
            return Err(Error::Unprocessable(
                "A field has too much text.".to_owned(),
            ));
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::Invalid("A field is not UTF-8.".to_owned()))
}

fn broken(_: MultipartError) -> Error {
    Error::broken_off()
}
