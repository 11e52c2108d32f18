//! The telephone lines of the demonstration: a carrier, a number for each company, desk phones for some
//! simulated agents. Numbers are those that the regulators keep for films and plays.

use std::net::{SocketAddr, UdpSocket};

use anyhow::{Context, Result};
use api::admin::{
    contracts::LocalisedTextView,
    voice::{DeskPhoneSetup, NumberFormView, SipTransport, TrunkSetup, VoiceSettings},
};
use domain::{Language, PhoneNumber, TrunkId};
use serde_json::json;
use store::{
    ClientScope, ProviderScope, Store,
    records::{DeskPhone, PhoneLine, Trunk},
};
use uuid::Uuid;

use crate::{
    cast::{COLLEAGUES, Company},
    draw::Draw,
};

/// Calls by the carrier at once; more than come.
const CALLS_MAX: u32 = 40;

/// The number that customers of a company dial.
pub(super) const fn number(company: Company) -> &'static str {
    match company {
        Company::Hotel => "+33199001201",
        Company::Devices => "+442079460102",
        Company::Clinic => "+33199001203",
    }
}

/// The queue in which its callers wait.
const fn queue(company: Company) -> &'static str {
    match company {
        Company::Hotel => "Front desk",
        Company::Devices => "Software help",
        Company::Clinic => "Appointments",
    }
}

/// Whose customers are called from that number. A number of nobody here is the hotel's.
pub(super) fn company_of(number: &str) -> Company {
    Company::ALL
        .into_iter()
        .find(|company| self::number(*company) == number)
        .unwrap_or(Company::Hotel)
}

/// The number of some customer of a company.
pub(super) fn somebodys_number(company: Company, draw: &mut Draw) -> String {
    match company {
        Company::Hotel | Company::Clinic => format!("+3363998{:04}", draw.below(10_000)),
        Company::Devices => format!("+447700900{:03}", draw.below(1_000)),
    }
}

/// The voice of the simulated agent with this desk phone.
pub(super) fn voice_of(phone: &str) -> Option<&'static str> {
    let at =
        COLLEAGUES.iter().filter(|colleague| colleague.phone).position(|one| one.login == phone)?;
    Some(["f3", "f2", "f4"][at % 3])
}

/// That calls are recorded, as the law wants it said.
const NOTICES: [(Language, &str); 3] = [
    (Language::FR, "Cet appel est enregistré afin d’améliorer notre service."),
    (Language::EN, "This call is recorded so that we can serve you better."),
    (Language::RU, "Разговор записывается для повышения качества обслуживания."),
];

/// The name of the carrier, by which it is found again.
const CARRIER: &str = "Demonstration carrier";

/// Where the carrier is, if nothing else is there.
const PORT: u16 = 5070;

/// An address on this machine for the carrier: at its port, or at another that is free.
///
/// # Errors
/// When the system gives none.
pub fn free_carrier() -> Result<SocketAddr> {
    let here = std::net::Ipv4Addr::LOCALHOST;
    let socket = UdpSocket::bind((here, PORT)).or_else(|_| UdpSocket::bind((here, 0)));
    Ok(socket.context("no UDP port for the demonstration's carrier")?.local_addr()?)
}

/// Where the floor's carrier is; `None` for a floor that was filled without one, or has lost it.
///
/// # Errors
/// What the store says.
pub async fn carrier(store: &Store) -> Result<Option<SocketAddr>> {
    let trunks = store.view().trunks(&ProviderScope::granted()).await?;
    let setups = trunks.into_iter().filter_map(|trunk| {
        let setup: TrunkSetup = serde_json::from_value(trunk.document).ok()?;
        (setup.name == CARRIER).then(|| setup.server.parse().ok())?
    });
    Ok(setups.into_iter().next())
}

/// Gives a floor that was just filled its telephone lines, with the carrier at this address.
///
/// # Errors
/// What the store says; a floor that is not the demonstration's.
pub async fn seed_lines(store: &Store, carrier: SocketAddr) -> Result<()> {
    let provider = ProviderScope::granted();
    let trunk = Trunk {
        id: TrunkId::from_uuid(Uuid::now_v7()),
        document: json!(TrunkSetup {
            name: CARRIER.to_owned(),
            active: true,
            server: carrier.to_string(),
            transport: SipTransport::Udp,
            encryption: None,
            addresses: vec![carrier.ip().to_string()],
            register: false,
            username: None,
            trusted: true,
            country: Some("33".to_owned()),
            national_prefix: Some("0".to_owned()),
            international_prefix: Some("00".to_owned()),
            number_form: NumberFormView::E164,
            calls_max: CALLS_MAX,
            calls_per_second: 5,
            priority: 0,
        }),
        secret: None,
        version: 0,
    };
    let mut view = store.view();
    let clients = view.clients(&provider, None, None, 100).await?;
    let mut lines = Vec::new();
    for company in Company::ALL {
        let found = clients.iter().find(|client| client.name == company.name());
        let client = found.with_context(|| format!("there is no {}", company.name()))?.id;
        let scope = ClientScope::of(client);
        let versions = view.contract_versions(&scope).await?;
        let contract = versions.into_iter().next().context("a company without a contract")?;
        let queues = contract.document.queues;
        let named = queues.iter().find(|one| one.name == queue(company));
        let line = PhoneLine {
            number: number(company).parse::<PhoneNumber>()?,
            client,
            queue: named.or(queues.first()).context("a contract without queues")?.id,
            flow: None,
            label: "Main number".to_owned(),
            active: true,
            version: 0,
        };
        let notice =
            NOTICES.iter().filter(|(language, _)| contract.document.languages.contains(language));
        let settings = VoiceSettings {
            record: true,
            notice: notice
                .map(|(language, text)| LocalisedTextView {
                    language: language.code().to_owned(),
                    text: (*text).to_owned(),
                })
                .collect(),
            callback_key: Some("1".to_owned()),
            announce_s: Some(30),
            ring_s: 4,
            ..VoiceSettings::default()
        };
        lines.push((scope, line, json!(settings)));
    }
    let agents = view.agents(&provider).await?;
    let with_phone = COLLEAGUES.iter().filter(|colleague| colleague.phone);
    let phones: Vec<DeskPhone> = with_phone
        .filter_map(|colleague| {
            let agent = agents.iter().find(|agent| agent.name == colleague.name)?;
            let setup = DeskPhoneSetup {
                name: colleague.login.to_owned(),
                address: Some(carrier.to_string()),
                transport: SipTransport::Udp,
            };
            Some(DeskPhone {
                agent: agent.id,
                name: setup.name.clone(),
                document: json!(setup),
                ha1_md5: None,
                ha1_sha256: None,
                version: 0,
            })
        })
        .collect();
    drop(view);
    let keep = store.tx(move |tx| {
        Box::pin(async move {
            tx.save_trunk(&provider, &trunk).await?;
            for (scope, line, settings) in &lines {
                tx.save_phone_line(&provider, line).await?;
                tx.save_voice_settings(scope, settings, 0).await?;
            }
            for phone in &phones {
                tx.save_desk_phone(&provider, phone).await?;
            }
            Ok(())
        })
    });
    Ok(keep.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_can_be_called() {
        let mut draw = Draw::of(1, 1, 1);
        for company in Company::ALL {
            let number: PhoneNumber = number(company).parse().expect("a number");
            assert_eq!(company_of(number.as_str()), company);
            somebodys_number(company, &mut draw).parse::<PhoneNumber>().expect("a number");
        }
        assert!(voice_of("ines").is_some() && voice_of("anna").is_none());
    }
}
