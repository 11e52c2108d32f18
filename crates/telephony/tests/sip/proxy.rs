//! Kamailio as a carrier's proxy that challenges, and sipp behind it.

use telephony::sip::SipEvent;

use crate::{
    floor::*,
    process::{Foreign, filled},
    sipp::Sipp,
};

#[tokio::test]
async fn a_proxy_that_challenges_is_registered_with_and_passed_by_either_digest() {
    for algorithm in ["MD5", "SHA-256"] {
        let number = Sipp::carrier("uas.xml");
        let port = testkit::port::free();
        let (here, next) = (port.to_string(), number.port.to_string());
        let dir = filled("kamailio", &[("PORT", &here), ("NEXT", &next), ("ALGORITHM", algorithm)]);
        let folder = dir.path().display().to_string();
        let args =
            ["-f", "proxy.cfg", "-DD", "-E", "-m", "64", "-M", "8", "-w", &folder, "-Y", &folder];
        let program = ["/usr/sbin/kamailio", "/usr/bin/kamailio"]
            .into_iter()
            .find(|path| std::path::Path::new(path).is_file())
            .unwrap_or("kamailio");
        let _proxy = Foreign::start(program, "kamailio", &args, dir, true);
        let number = number.start();
        let floor = Floor::with(hangs_up, |config| {
            config.trunks = vec![registering(port)];
        })
        .await;
        let up = |event: &SipEvent| matches!(event, SipEvent::TrunkHealth { up: true, .. });
        floor.until(|seen| seen.iter().any(up)).await;
        floor.calls_out(1).await;
        number.done().await;
        floor.is_empty_again(1).await;
        let seen = floor.seen();
        assert!(seen.iter().any(|e| matches!(e, SipEvent::Ringing { .. })), "{algorithm}");
        assert!(seen.iter().any(|e| matches!(e, SipEvent::Accepted { .. })), "{algorithm}");
    }
}
