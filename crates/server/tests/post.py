"""A mail server of another make (aiosmtpd) that takes mail only after STARTTLS and AUTH.

Prints its port, then each mail that it took as one line of JSON, as Python's own parser reads it.
Whoever is called `nobody` is not known here, and `later` is known from the second try on.
"""

import asyncio
import base64
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

chain, key, user, password = sys.argv[1:5]
seen = set()


def sign_in(server, session, envelope, mechanism, data):
    right = data.login == user.encode() and data.password == password.encode()
    return AuthResult(success=right, handled=False)


class Keeper:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nobody":
            return "550 5.1.1 No such user here"
        if name == "later" and address not in seen:
            seen.add(address)
            return "451 4.7.1 Greylisted, try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        files = [
            {
                "name": part.get_filename(),
                "kind": part.get_content_type(),
                "bytes": base64.b64encode(part.get_payload(decode=True)).decode(),
            }
            for part in mail.iter_attachments()
        ]
        text = mail.get_body(("plain",)).get_content()
        told = {
            "from": str(mail["from"]),
            "to": envelope.rcpt_tos,
            "header_to": str(mail["to"]),
            "reply_to": str(mail["reply-to"]),
            "subject": str(mail["subject"]),
            "id": str(mail["message-id"]),
            "date": mail["date"].datetime.timestamp(),
            "text": text,
            "files": files,
            "encrypted": session.ssl is not None,
            "signed_in": session.authenticated,
            "defects": [str(defect) for defect in mail.defects],
        }
        print(json.dumps(told), flush=True)
        return "250 Taken"


async def main():
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chain, key)

    def session():
        return SMTP(
            Keeper(),
            hostname="post.example",
            tls_context=tls,
            require_starttls=True,
            auth_required=True,
            authenticator=sign_in,
            enable_SMTPUTF8=True,
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with whoever started it.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
