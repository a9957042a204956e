"""随附文本，简体中文。"""

from servicebook.messaging.standard_texts.words import Words

TEXTS = {
    "maintenance_invite": Words(
        "{work}，{unit}，{due_date}：请确认时间",
        """尊敬的 {to_name}：

计划于 {window} 进行：{work}，{equipment}。
地点：{site}，{address}

请确认时间并告知现场联系人。如时间不合适，请提出两三个其他时段：
{link}

如有疑问，请联系 {owner_name}，{owner_phone}。
{company}
""",
        "{work}，{site}，{unit}：{window}。请确认：{link}",
    ),
    "maintenance_again": Words(
        "{work}，{unit}，{due_date}：时间尚未确认",
        """尊敬的 {to_name}：

{due_date}，{in_days}，将进行：{work}，{equipment}。时间尚未确认，上门可能无法进行。
地点：{site}，{address}

请确认 {window}，或提出其他时段：
{link}

{owner_name}，{owner_phone}
{company}
""",
        "{work}，{due_date}，{site}，{unit}：时间未确认。请答复：{link}",
    ),
    "access_tomorrow": Words(
        "请确认进场：{site}，{unit}，{window}",
        """尊敬的 {to_name}：

我们的工程师将前往：{site}，{address}，{window}。工作：{work}，{unit}。

请确认届时有人接待：
{link}

{owner_name}，{owner_phone}
{company}
""",
        "我们的工程师将前往 {site}，{unit}：{window}。请确认进场：{link}",
    ),
    "visit_confirmed": Words(
        "{work}，{unit}：我们将于 {due_date} 上门",
        """尊敬的 {to_name}：

按照约定，我们将上门进行：{work}，{equipment}。
时间：{window}，{engineer}
地点：{site}，{address}，{on_site}

如时间不合适，请在此告知：
{link}

如有疑问，请联系 {owner_name}，{owner_phone}。
{company}
""",
        "{work}，{site}，{unit}：我们将于 {window} 上门。不合适？{link}",
    ),
    "visit_moved": Words(
        "{work}，{unit}：{old_window} 的上门需要改期",
        """尊敬的 {to_name}：

约定于 {old_window} 的上门（{work}，{equipment}）届时无法进行，非常抱歉。
地点：{site}，{address}

{window} 是否合适？请确认，或提出其他时段：
{link}

如有疑问，请联系 {owner_name}，{owner_phone}。
{company}
""",
        "{site}，{unit}：{old_window} 无法上门。请选择其他时间：{link}",
    ),
    "visit_cancelled": Words(
        "{work}，{unit}：{old_window} 的上门已取消",
        """尊敬的 {to_name}：

约定于 {old_window} 的上门（{work}，{equipment}）已取消，无需安排人员接待。
地点：{site}，{address}

如仍需要，请联系 {owner_name}，{owner_phone}，或直接回复本消息。
{company}
""",
        "{work}，{site}，{unit}：{old_window} 的上门已取消。疑问请联系 {owner_name}，{owner_phone}",
    ),
    "renewal_notice": Words(
        "{contract_number}：合同将于 {end_date} 到期",
        """尊敬的 {to_name}：

合同 {contract_number}（{contract_title}）将于 {end_date}，{in_days}，到期。{how_it_goes_on}

我们很乐意寄送下一期的发票和季度工作计划。请告诉我们是否继续：
{link}

如有疑问，请联系 {owner_name}，{owner_phone}。
{company}
""",
        "合同 {contract_number} 将于 {end_date} 到期。请告知如何继续：{link}",
    ),
    "reply_wanted": Words(
        "{ticket_number}：等待您的答复",
        """尊敬的 {to_name}：

自 {asked_on} 起，我们一直在等待您对 {ticket_number} {ticket_title} 的答复。没有答复，我们无法继续。

请在此处答复，或直接回复本邮件：
{link}

{owner_name}，{owner_phone}
{company}
""",
        "{ticket_number}：自 {asked_on} 起等待您的答复。{link}",
    ),
    "payment_due": Words(
        "发票 {invoice_number} 应于 {due_date} 付款",
        """尊敬的 {to_name}：

金额为 {amount} 的发票 {invoice_number} 应于 {due_date} 付款。请付款，或告诉我们付款时间：
{link}

如有疑问，请联系 {owner_name}，{owner_phone}。
{company}
""",
        "发票 {invoice_number}，{amount}，应于 {due_date} 付款：{link}",
    ),
    "balance_low": Words(
        "{contract_number} · {service}：已使用 {percent} %",
        """尊敬的 {to_name}：

合同 {contract_number}（{contract_title}）包含的额度已使用 {percent} %：{service}。
截至 {end_date} 剩余：{left}。超出部分按额外工作计费。

是否需要增加？请直接回复本消息，或联系 {owner_name}，{owner_phone}。
{company}
""",
        "{contract_number}，{service}：已使用 {percent} %，截至 {end_date} 剩余 {left}。需要增加吗？请回复。",
    ),
    "price_announced": Words(
        "{contract_number} {contract_title}：自 {applies_on} 起执行新价格",
        """尊敬的 {to_name}：

根据合同 {contract_number}（{contract_title}）的约定，自 {applies_on} 起，\
合同价格由 {old_price} 调整为 {new_price}。

如有疑问，请联系 {owner_name}，{owner_phone}。
{company}
""",
        "合同 {contract_number}：自 {applies_on} 起价格为 {new_price}，原价 {old_price}。",
    ),
    "price_withdrawn": Words(
        "{contract_number} {contract_title}：价格保持不变",
        """尊敬的 {to_name}：

我们此前通知的合同 {contract_number}（{contract_title}）新价格 {new_price} 现已撤回，\
价格保持不变：{old_price}。

如有疑问，请联系 {owner_name}，{owner_phone}。
{company}
""",
        "合同 {contract_number}：已通知的新价格撤回，价格仍为 {old_price}。",
    ),
    "warranty_ends": Words(
        "{equipment} 的保修将于 {end_date} 到期",
        """尊敬的 {to_name}：

我们对 {equipment} 的保修将于 {end_date}，{in_days}，到期。签订服务合同可继续获得保障。需要我们提供报价吗？
{link}

{owner_name}，{owner_phone}
{company}
""",
        "{equipment} 的保修将于 {end_date} 到期。需要服务报价吗？{link}",
    ),
    "step": Words(
        "{step}",
        """{to_name}，您的下一步：{step}

事项：{about}，{customer}
期限：{due}
原因：{why}
{link}
""",
        "{step} · {about}，{customer}。期限 {due}。{link}",
    ),
    "undelivered": Words(
        "消息未送达：{name}",
        """{to_name}，发给 {name} 的消息未送达。

内容：{what}
渠道：{how}
原因：{why}

请修正后重新发送，或以其他方式联系：
{link}
""",
        "{name}：消息未送达（{how}）：{what}。{why} {link}",
    ),
    "escalation": Words(
        "{customer} 没有回应：{about}",
        """{to_name}，{customer} 没有回应。

事项：{about}
询问对象：{contact}，{asked_on}
下一步：{step}
{link}
""",
        "{customer} 自 {asked_on} 起没有回应：{about}。{step}。{link}",
    ),
}
