"""The delivered texts in English."""

from servicebook.messaging.standard_texts.words import Words

TEXTS = {
    "maintenance_invite": Words(
        "{work}, {unit} on {due_date}: please confirm the time",
        """Dear {to_name},

{work} of {equipment} is planned for {window}.
Where: {site}, {address}

Please confirm the time and name a contact on site. If it does not suit you, propose two or three \
other windows:
{link}

Questions are answered by {owner_name}, {owner_phone}.
{company}
""",
        "{work} at {site}, {unit} is planned for {window}. Please confirm: {link}",
    ),
    "maintenance_again": Words(
        "{work}, {unit} on {due_date} is not confirmed yet",
        """Dear {to_name},

{work} of {equipment} is due {in_days}, on {due_date}. The time is not confirmed yet, so the \
visit may fail.
Where: {site}, {address}

Please confirm {window}, or propose other windows:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "{work} on {due_date} at {site}, {unit} is not confirmed. Please answer: {link}",
    ),
    "access_tomorrow": Words(
        "Please confirm access: {site}, {unit}, {window}",
        """Dear {to_name},

our engineer comes to {site}, {address}: {window}. Work: {work}, {unit}.

Please confirm that somebody lets us in:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "Our engineer comes to {site}, {unit}: {window}. Please confirm access: {link}",
    ),
    "visit_confirmed": Words(
        "{work}, {unit}: we come on {due_date}",
        """Dear {to_name},

as agreed, we come for {work} of {equipment}.
When: {window}, {engineer}
Where: {site}, {address}, {on_site}

If it does not suit you after all, tell us here:
{link}

Questions are answered by {owner_name}, {owner_phone}.
{company}
""",
        "{work} at {site}, {unit}: we come {window}. Does it not suit? {link}",
    ),
    "visit_moved": Words(
        "{work}, {unit}: the visit of {old_window} has to move",
        """Dear {to_name},

the visit for {work} of {equipment}, agreed for {old_window}, cannot take place then. We are sorry.
Where: {site}, {address}

Does {window} suit you? Please confirm it, or propose other windows:
{link}

Questions are answered by {owner_name}, {owner_phone}.
{company}
""",
        "{site}, {unit}: we cannot come {old_window}. Please choose another time: {link}",
    ),
    "visit_cancelled": Words(
        "{work}, {unit}: the visit of {old_window} is cancelled",
        """Dear {to_name},

the visit for {work} of {equipment}, agreed for {old_window}, is cancelled. You need not let anybody in.
Where: {site}, {address}

If you count on it, please call {owner_name}, {owner_phone}, or reply to this message.
{company}
""",
        "{work} at {site}, {unit}: the visit of {old_window} is cancelled. {owner_name}, {owner_phone}",
    ),
    "renewal_notice": Words(
        "{contract_number}: the contract ends on {end_date}",
        """Dear {to_name},

Contract {contract_number} ({contract_title}) ends {in_days}, on {end_date}. {how_it_goes_on}

We gladly send you the invoice for the next term together with a work plan for each quarter. Please tell \
us whether you want to go on:
{link}

Questions are answered by {owner_name}, {owner_phone}.
{company}
""",
        "Contract {contract_number} ends on {end_date}. Please tell us how to go on: {link}",
    ),
    "reply_wanted": Words(
        "{ticket_number}: we wait for your answer",
        """Dear {to_name},

Since {asked_on} we have been waiting for your answer to {ticket_number}, {ticket_title}. \
Without it we cannot go on.

Please answer here, or simply reply to this mail:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "{ticket_number}: we wait for your answer since {asked_on}. {link}",
    ),
    "payment_due": Words(
        "Invoice {invoice_number} is due on {due_date}",
        """Dear {to_name},

Invoice {invoice_number} of {amount} is due on {due_date}. Please pay it, or tell us when you will:
{link}

Questions are answered by {owner_name}, {owner_phone}.
{company}
""",
        "Invoice {invoice_number}, {amount}, is due on {due_date}: {link}",
    ),
    "balance_low": Words(
        "{contract_number} · {service}: {percent} % used",
        """Dear {to_name},

Of what contract {contract_number} ({contract_title}) includes, {percent} % is used: {service}.
Left until {end_date}: {left}. What goes beyond it is billed as extra work.

Shall we agree on more? Reply to this message, or call {owner_name}, {owner_phone}.
{company}
""",
        "{contract_number}, {service}: {percent} % used, {left} left until {end_date}. More? Please reply.",
    ),
    "price_announced": Words(
        "{contract_number} {contract_title}: new price from {applies_on}",
        """Dear {to_name},

as agreed in contract {contract_number} ({contract_title}), its price changes from {old_price} to \
{new_price} on {applies_on}.

Questions are answered by {owner_name}, {owner_phone}.
{company}
""",
        "Contract {contract_number}: from {applies_on} the price is {new_price}, before {old_price}.",
    ),
    "price_withdrawn": Words(
        "{contract_number} {contract_title}: the price stays as it is",
        """Dear {to_name},

the new price of contract {contract_number} ({contract_title}) that we announced, {new_price}, is taken \
back. The price stays as it is: {old_price}.

Questions are answered by {owner_name}, {owner_phone}.
{company}
""",
        "Contract {contract_number}: the announced price is taken back, it stays {old_price}.",
    ),
    "warranty_ends": Words(
        "The warranty of {equipment} ends on {end_date}",
        """Dear {to_name},

Our warranty of {equipment} ends {in_days}, on {end_date}. A service contract keeps it covered.
Shall we make you an offer?
{link}

{owner_name}, {owner_phone}
{company}
""",
        "The warranty of {equipment} ends on {end_date}. An offer for service? {link}",
    ),
    "step": Words(
        "{step}",
        """{to_name}, your next step: {step}

About: {about}, {customer}
Until: {due}
Why now: {why}
{link}
""",
        "{step} · {about}, {customer}. Until {due}. {link}",
    ),
    "undelivered": Words(
        "A message to {name} did not arrive",
        """{to_name}, a message to {name} did not arrive.

What: {what}
How: {how}
Why: {why}

Mend it and send it again, or reach {name} another way:
{link}
""",
        "{how} to {name} did not arrive: {what}. {why} {link}",
    ),
    "escalation": Words(
        "{customer} does not react: {about}",
        """{to_name}, {customer} does not react.

About: {about}
Asked: {contact}, {asked_on}
Next step: {step}
{link}
""",
        "{customer} does not react since {asked_on}: {about}. {step}. {link}",
    ),
}
