//! The mail server, as it is spoken to (RFC 5321), and the form of a mail (RFC 5322).

use std::time::Duration;

use anyhow::Context;
use domain::Timestamp;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};
use store::records::Mail;

use super::Letter;
use crate::config::{MailConfig, MailTls, Password};

/// What one answer of the mail server may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a whole conversation with it may take.
const WHOLE: Duration = Duration::from_secs(180);

/// Signs of what a server said that are kept.
const WORDS_MAX: usize = 500;

/// Replies about who signs in (RFC 4954 section 6): the server would refuse any mail, so none of them is at fault.
const NOT_LET_IN: [u16; 4] = [530, 534, 535, 538];

/// Why a mail did not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It will never be taken.
    Never(String),
    /// This one not now.
    NotNow(String),
    /// None at all now: the server is not reached, or lets nobody in.
    Nobody(String),
}

/// The way to the mail server.
pub(super) struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

impl Post {
    pub fn new(config: &MailConfig) -> anyhow::Result<Self> {
        let parameters = || -> anyhow::Result<TlsParameters> {
            let mut tls = TlsParameters::builder(config.host.clone());
            if let Some(path) = &config.tls_authorities {
                let pem = std::fs::read(path)
                    .with_context(|| format!("reading mail.tls_authorities {}", path.display()))?;
                let authorities = Certificate::from_pem(&pem)
                    .with_context(|| format!("mail.tls_authorities {}", path.display()))?;
                tls = tls.add_root_certificate(authorities);
            }
            tls.build_rustls().context("the authorities that the machine believes")
        };
        let tls = match config.tls {
            MailTls::Starttls => Tls::Required(parameters()?),
            MailTls::Wrapped => Tls::Wrapper(parameters()?),
            MailTls::None => Tls::None,
        };
        // We say who we are by the sender's domain: the machine's own name says nothing outside.
        let name = ClientId::Domain(config.from.email.domain().to_owned());
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls)
            .hello_name(name)
            .timeout(Some(PATIENCE));
        if let Some((user, Password(password))) = &config.user {
            transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let (from, reply_to) = (config.from.clone(), config.reply_to.clone());
        Ok(Self { transport: transport.build(), from, reply_to })
    }

    /// Hands a mail to the server.
    pub async fn send(&self, mail: &Mail, letter: Letter) -> Result<(), Refused> {
        let message =
            self.message(mail, letter).map_err(|error| Refused::Never(error.to_string()))?;
        match tokio::time::timeout(WHOLE, self.transport.send(message)).await {
            Err(_) => Err(Refused::Nobody("the mail server took too long".to_owned())),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused(&error)),
        }
    }

    /// The mail as it travels. Its id and date are those of the row, so that every try is the same mail.
    fn message(&self, mail: &Mail, letter: Letter) -> anyhow::Result<Message> {
        let to = mail.recipient.as_str();
        let (user, domain) = to.rsplit_once('@').unwrap_or((to, ""));
        let mut message = Message::builder()
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .date(instant(mail.queued))
            .from(self.from.clone())
            .to(Mailbox::new(None, Address::new(user, domain)?))
            .subject(&mail.subject);
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        // Nobody's absence notice is wanted (RFC 3834).
        message = message.header(AutoSubmitted);
        let text = SinglePart::plain(letter.text);
        if letter.files.is_empty() {
            return Ok(message.singlepart(text)?);
        }
        let mut parts = MultiPart::mixed().singlepart(text);
        for file in letter.files {
            let kind = ContentType::parse(file.kind)?;
            // Base64 always: a table's line ends must arrive as they were written.
            let bytes = lettre::message::Body::new_with_encoding(
                file.bytes,
                lettre::message::header::ContentTransferEncoding::Base64,
            );
            let bytes = bytes.map_err(|_| anyhow::anyhow!("{} cannot be encoded", file.name))?;
            parts = parts.singlepart(Attachment::new(file.name).body(bytes, kind));
        }
        Ok(message.multipart(parts)?)
    }
}

/// `Auto-Submitted: auto-generated`.
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn instant(at: Timestamp) -> std::time::SystemTime {
    let micros = u64::try_from(at.micros()).unwrap_or_default();
    std::time::UNIX_EPOCH + Duration::from_micros(micros)
}

fn refused(error: &lettre::transport::smtp::Error) -> Refused {
    let code = error.status().map(u16::from);
    let mut said = String::new();
    match code {
        Some(code) => {
            let words = std::error::Error::source(error).map(ToString::to_string);
            said = format!("{code} {}", words.unwrap_or_default());
        }
        None => {
            let mut cause: Option<&dyn std::error::Error> = Some(error);
            while let Some(one) = cause {
                let text = one.to_string();
                // Some print their cause as well.
                if !said.contains(&text) {
                    said = if said.is_empty() { text } else { format!("{said}: {text}") };
                }
                cause = one.source();
            }
        }
    }
    let words = kept(&said);
    match code {
        Some(code) if NOT_LET_IN.contains(&code) => Refused::Nobody(words),
        Some(_) if error.is_permanent() => Refused::Never(words),
        Some(_) => Refused::NotNow(words),
        None => Refused::Nobody(words),
    }
}

/// What a server said, on one line and not too much of it.
fn kept(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(WORDS_MAX).collect::<String>().trim().to_owned()
}
