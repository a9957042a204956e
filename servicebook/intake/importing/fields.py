"""What can be imported: one table of fields per entity, with the names that they go by elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models.choices import BillingCycle, ContractType, Period
from servicebook.core import fields as core_fields
from servicebook.core.models import FieldRule
from servicebook.customers.models import Criticality, Site
from servicebook.equipment.models import Asset
from servicebook.intake.importing.rules import values
from servicebook.intake.importing.rules.headings import plain
from servicebook.intake.models import ImportRun
from servicebook.tickets.models import Priority, Status

CUSTOM = "custom:"  # before the name of a custom field


class Kind(Enum):
    TEXT = "text"
    LONG = "long"  # keeps its lines
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    AMOUNT = "amount"  # from zero, or without limit
    LENGTH = "length"  # of time, or without limit


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column may hold.

    `limit` is characters for text, degrees for a number. `choices` maps plain names to values.
    """

    name: str
    label: str | LazyText
    kind: Kind = Kind.TEXT
    aliases: tuple[str, ...] = ()
    required: bool = False
    limit: int | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    help: str | LazyText = ""
    loose: bool = False  # a cell that means nothing here is passed over instead of refused

    @property
    def is_custom(self) -> bool:
        return self.name.startswith(CUSTOM)

    @property
    def names(self) -> list[str]:
        """What the field is called, best first; the label in the reader's language included."""
        return [str(self.label), self.name, *self.aliases]

    def read(self, cell: str, context: values.Context) -> Any:
        """Return what `cell` means.

        Raises:
            values.BadValue: it means nothing; says why and how to mend it.
        """
        match self.kind:
            case Kind.TEXT | Kind.LONG:
                return values.text(cell, limit=self.limit, lines=self.kind is Kind.LONG)
            case Kind.EMAIL:
                return values.email(cell)
            case Kind.PHONE:
                return values.phone(cell, context.country)
            case Kind.DATE:
                return values.day(cell, context)
            case Kind.MOMENT:
                return values.moment(cell, context)
            case Kind.YES_NO:
                return values.yes_no(cell)
            case Kind.NUMBER:
                most = self.limit or 0
                return values.decimal(cell, 6, -most, most)
            case Kind.AMOUNT:
                return values.amount(cell)
            case Kind.LENGTH:
                return values.length(cell)
            case Kind.CHOICE:
                return values.choice(cell, self.choices)


def _named(names: Mapping[Any, str]) -> dict[str, Any]:
    """Plain name → value, from value → names parted by commas; the value and its label included."""
    found: dict[str, Any] = {}
    for value, text in names.items():
        own = [str(value), str(getattr(value, "label", ""))]
        for name in [*own, *text.split(",")]:
            if plain(name):
                found.setdefault(plain(name), value)
    return found


CRITICALITIES = _named(
    {
        Criticality.LOW: "low,minor,низкая,низкий,düşük,低",
        Criticality.NORMAL: "normal,medium,standard,средняя,обычная,обычный,нормальная,orta,中",
        Criticality.HIGH: "high,major,высокая,высокий,yüksek,高",
        Criticality.VITAL: "vital,critical,very high,urgent,критическая,критичная,критический,kritik,紧急",
    }
)
STATES = _named(
    {
        Asset.State.IN_SERVICE: "in service,in use,deployed,active,delivered,ready to deploy,installed,"
        "operational,in production,в эксплуатации,в работе,работает,используется,kullanımda,使用中",
        Asset.State.IN_REPAIR: "in repair,repair,out for repair,broken,maintenance,under repair,"
        "out for diagnostics,в ремонте,ремонт,неисправен,onarımda,维修中",
        Asset.State.STORED: "stored,in stock,stock,storage,spare,inactive,pending,на складе,склад,резерв,depoda,库存",
        Asset.State.RETIRED: "retired,archived,scrapped,scrap,disposed,lost,stolen,expired,decommissioned,lost/stolen,"
        "broken - not fixable,списан,списано,утилизирован,утерян,hurda,报废",
    }
)
ACCESSES = _named(
    {
        Site.Accessibility.OPEN: "open,free,free access,свободный,свободно,serbest",
        Site.Accessibility.PASS: "pass,pass needed,badge,пропуск,по пропуску,kartlı",
        Site.Accessibility.ESCORT: "escort,escort needed,сопровождение,с сопровождением,refakatçi",
        Site.Accessibility.HARD: "hard,hard to reach,remote,труднодоступно,труднодоступный,uzak",
    }
)
STATUSES = _named(
    {
        Status.QUEUED: "new,open,queued,in queue,новая,новый,открыта,открыто,в очереди,yeni,açık,新建",
        Status.WORKING: "in progress,working,work in progress,processing,assigned,planned,replied,"
        "processing (assigned),processing (planned),в работе,назначена,işlemde,处理中",
        Status.WAITING: "waiting,pending,hold,on hold,on-hold,waiting on customer,waiting on third party,"
        "в ожидании,ожидание,отложена,приостановлена,beklemede,等待",
        Status.APPROVAL: "pending approval,approval,на согласовании,onay bekliyor",
        Status.CLOSED: "closed,solved,resolved,done,cancelled,canceled,completed,repaired,закрыта,закрыто,закрыт,"
        "решена,решено,выполнена,выполнено,отменена,kapalı,çözüldü,已关闭,已解决",
    }
)
PRIORITIES = _named(
    {
        Priority.CRITICAL: "p1,critical,urgent,very high,major,highest,критический,критичный,аварийный,"
        "очень высокий,acil,kritik,紧急",
        Priority.HIGH: "p2,high,высокий,yüksek,高",
        Priority.NORMAL: "p3,normal,medium,low priority none,средний,обычный,нормальный,orta,中",
        Priority.LOW: "p4,low,lowest,very low,низкий,очень низкий,düşük,低",
    }
)
CONTRACT_TYPES = _named(
    {
        ContractType.SLA: "sla,service level agreement,full service,сла,sla sözleşmesi,服务级别协议",
        ContractType.SUBSCRIPTION: "subscription,support,retainer,абонемент,абонентский,абонентское обслуживание,"
        "подписка,abonelik,订阅",
        ContractType.ONE_OFF: "one-off,one off,once,single,warranty extension,разовый,разовая,bir kerelik,tek seferlik,一次性",
    }
)
PERIODS = _named(
    {
        Period.MONTH: "month,monthly,per month,месяц,в месяц,ежемесячно,ай,aylık,ay,每月,月",
        Period.QUARTER: "quarter,quarterly,per quarter,квартал,в квартал,ежеквартально,тоқсан,üç aylık,每季度,季",
        Period.YEAR: "year,yearly,annual,annually,per year,год,в год,ежегодно,жыл,yıllık,yıl,每年,年",
        Period.TERM: "term,whole term,contract,весь срок,срок договора,на срок,dönem,合同期",
    }
)
CYCLES = _named(
    {
        BillingCycle.MONTH: "monthly,per month,месяц,ежемесячно,помесячно,ай,aylık,每月",
        BillingCycle.QUARTER: "quarterly,per quarter,квартал,ежеквартально,тоқсан,üç aylık,每季度",
        BillingCycle.YEAR: "yearly,annual,annually,per year,год,ежегодно,жыл,yıllık,每年",
        BillingCycle.ONCE: "one time,one-time,единовременно,разово,бір рет,tek sefer,一次性",
    }
)
# Odoo counts stars, GLPI and others write numbers that mean the opposite of ours: not guessed.

_REF = Field(
    "external_ref",
    _("Key in the other system"),
    aliases=(
        "External ID",
        "ID",
        "Id",
        "External reference",
        "Key",
        "Код",
        "Внешний код",
        "Ключ",
        "Kod",
        "编号",
    ),
    limit=80,
    help=_("Recognises the row when it comes again."),
)
_CUSTOMER = Field(
    "customer",
    _("Customer"),
    aliases=(
        "Customer name", "Client", "Company", "Company name", "Organization", "Organisation", "Account", "Entity",
        "Клиент", "Заказчик", "Организация", "Компания", "Контрагент", "Тапсырыс беруші", "Müşteri", "客户", "公司",
    ),
    required=True,
    limit=200,
    help=_("Name, tax number or key of a customer that is here already."),
)  # fmt: skip
_NOTES = Field(
    "notes", _("Notes"), Kind.LONG,
    ("Note", "Comment", "Comments", "Description", "Details", "Remarks", "Примечание", "Примечания", "Комментарий",
     "Заметки", "Notlar", "备注"),
    limit=20_000,
)  # fmt: skip
_ACTIVE = Field(
    "active", _("Active"), Kind.YES_NO, ("Is active", "Enabled", "Активен", "Действующий", "Aktif", "有效")
)
_REGION = Field(
    "region", _("Region"), aliases=("Territory", "State", "Province", "Район", "Регион", "Область", "Bölge", "地区"),
    limit=80, help=_("Added when it is not here yet."),
)  # fmt: skip
_LANGUAGE = Field(
    "language", _("Language"), Kind.CHOICE, ("Lang", "Locale", "Язык", "Тіл", "Dil", "语言"),
    choices={
        **dict.fromkeys(["en", "english", "enus", "engb", "englishus", "englishuk", "английский"], "en"),
        **dict.fromkeys(["ru", "russian", "ruru", "русский", "russianрусскийязык"], "ru"),
        **dict.fromkeys(["kk", "kz", "kazakh", "kkkz", "қазақша", "қазақ", "казахский"], "kk"),
        **dict.fromkeys(["tr", "turkish", "trtr", "turkce", "turkishturkce", "турецкий"], "tr"),
        **dict.fromkeys(["zhhans", "zh", "zhcn", "chinese", "chinesesimplified简体中文", "китайский", "中文"], "zh-hans"),
    },
    loose=True,  # a language that is not spoken here falls back to the house's
)  # fmt: skip
_CRITICALITY = Field(
    "criticality", _("Criticality"), Kind.CHOICE,
    ("Importance", "Business criticality", "Критичность", "Важность", "Önem", "重要性"), choices=CRITICALITIES,
)  # fmt: skip
_EMAIL = Field(
    "email", _("E-mail"), Kind.EMAIL,
    ("Email", "E-mail address", "Email address", "Mail", "Email Id", "Почта", "Эл. почта", "Электронная почта",
     "E-posta", "电子邮件", "邮箱"),
)  # fmt: skip
_PHONE = Field(
    "phone", _("Phone"), Kind.PHONE,
    ("Phone number", "Telephone", "Tel", "Work phone", "Телефон", "Рабочий телефон", "Тел", "Telefon", "电话"),
)  # fmt: skip
_ADDRESS = Field(
    "address", _("Address"),
    aliases=("Street", "Street address", "Address line 1", "Primary address", "Адрес", "Улица", "Мекенжай", "Adres",
             "地址"),
    limit=250,
)  # fmt: skip
_CITY = Field(
    "city",
    _("City"),
    aliases=("City/Town", "Town", "Город", "Населённый пункт", "Қала", "Şehir", "城市"),
    limit=80,
)
_SITE = Field(
    "site", _("Site"),
    aliases=("Location", "Site name", "Branch", "Object", "Объект", "Площадка", "Местоположение", "Точка", "Филиал",
             "Нысан", "Lokasyon", "Saha", "地点"),
    limit=200, help=_("Name of a site of this customer that is here already."),
)  # fmt: skip
_OWNER = Field(
    "owner", _("Owner"),
    aliases=("Assignee", "Agent", "Assigned to", "Technician", "Responsible", "Ответственный", "Исполнитель",
             "Менеджер", "Sorumlu", "负责人"),
    limit=254, help=_("E-mail or name of a person of the house."),
)  # fmt: skip

CUSTOMER_FIELDS = (
    replace(_CUSTOMER, name="name", label=_("Name"), help="", aliases=("Customer name", "Display name",
            "Наименование", "Название", "Полное наименование", "Name of customer", *_CUSTOMER.aliases)),
    _REF,
    Field("tax_id", _("Tax number"),
          aliases=("Tax ID", "VAT", "VAT number", "Registration number", "БИН", "ИИН", "БИН/ИИН", "ИНН", "BIN",
                   "Vergi no", "税号"), limit=30),
    Field("parent", _("Part of"),
          aliases=("Parent", "Parent company", "Related company", "Head office", "Головная организация",
                   "Родитель", "Ana şirket", "上级"), limit=200,
          help=_("Head office of a branch: here already, or higher in the file.")),
    Field("customer_class", _("Class"),
          aliases=("Customer group", "Group", "Segment", "Type", "Категория", "Группа", "Класс", "Sınıf", "类别"),
          limit=40),
    _REGION, _ADDRESS, _CITY, _PHONE, _EMAIL,
    Field("mail_domains", _("Mail domains"),
          aliases=("Domains", "Domain names", "Company domains", "Домены", "Домен", "Alan adları", "域名"),
          limit=500, help=_("school12.kz, gymnasium.kz: unknown senders from there belong to this customer.")),
    _LANGUAGE,
    Field("currency", _("Currency"), aliases=("Billing currency", "Валюта", "Para birimi", "货币"), limit=3),
    _CRITICALITY,
    replace(_OWNER, label=_("Account manager"), aliases=("Salesperson", "Account owner", *_OWNER.aliases)),
    _NOTES, _ACTIVE,
)  # fmt: skip
CONTACT_FIELDS = (
    Field("name", pgettext_lazy("person", "Name"),
          aliases=("Full name", "Contact name", "Contact", "Display name", "ФИО", "Ф.И.О.", "Имя и фамилия",
                   "Контактное лицо", "Контакт", "Аты-жөні", "Ad soyad", "姓名"), limit=120),
    Field("first_name", _("First name"), aliases=("Given name", "Имя", "Ad", "名"), limit=60),
    Field("last_name", _("Last name"), aliases=("Surname", "Family name", "Фамилия", "Soyad", "姓"), limit=60),
    _CUSTOMER, _REF, _SITE, _EMAIL, _PHONE,
    Field("other_phone", _("Other phone"), Kind.PHONE,
          ("Mobile", "Mobile phone", "Mobile no", "Cell", "Cell phone", "Мобильный", "Мобильный телефон", "Сотовый",
           "Доп. телефон", "Cep", "手机")),
    Field("position", _("Position"),
          aliases=("Job title", "Title", "Job position", "Designation", "Должность", "Лауазымы", "Görev", "职位"),
          limit=120),
    _LANGUAGE,
    Field("is_main", _("Main contact"), Kind.YES_NO,
          ("Is main", "Primary", "Is primary contact", "Основной контакт", "Основной", "Ana kişi")),
    Field("is_decision_maker", _("Decision maker"), Kind.YES_NO,
          ("Принимает решения", "ЛПР", "Karar verici")),
    Field("may_open_tickets", _("May open tickets"), Kind.YES_NO,
          ("Может открывать заявки", "Может создавать заявки", "Talep açabilir")),
    Field("may_sign", _("May sign acts"), Kind.YES_NO,
          ("May sign", "Подписывает акты", "Право подписи", "İmza yetkisi")),
    Field("is_on_site", _("Responsible on site"), Kind.YES_NO,
          ("On site", "On-site contact", "Ответственный на объекте", "Sahada")),
    _NOTES, _ACTIVE,
)  # fmt: skip
SITE_FIELDS = (
    Field("name", _("Name"),
          aliases=("Site", "Site name", "Location", "Location name", "Object", "Address title", "Объект", "Площадка",
                   "Название", "Наименование", "Нысан", "Saha", "Lokasyon", "地点"), required=True, limit=200),
    _CUSTOMER, _REF, _REGION, _CITY, _ADDRESS,
    Field("latitude", _("Latitude"), Kind.NUMBER, ("Lat", "Geo latitude", "Широта", "Enlem", "纬度"), limit=90),
    Field("longitude", _("Longitude"), Kind.NUMBER, ("Lon", "Lng", "Geo longitude", "Долгота", "Boylam", "经度"),
          limit=180),
    Field("time_zone", _("Time zone"), aliases=("Timezone", "Часовой пояс", "Saat dilimi", "时区"), limit=40,
          help=_("A name such as Asia/Almaty.")),
    Field("access_hours", _("Access hours"),
          aliases=("Opening hours", "Working hours", "Часы доступа", "Режим работы", "График работы", "Çalışma saatleri"),
          limit=120),
    Field("accessibility", _("Access"), Kind.CHOICE, ("Accessibility", "Доступ", "Erişim"), choices=ACCESSES),
    Field("access_rules", _("Access rules"), Kind.LONG,
          ("Access notes", "Правила доступа", "Условия доступа", "Giriş kuralları"), limit=5_000),
    Field("responsible", _("Responsible contact"),
          aliases=("Contact", "Contact e-mail", "Ответственный", "Контакт", "Контактное лицо"), limit=254,
          help=_("E-mail or name of a contact of this customer that is here already.")),
    _NOTES, _ACTIVE,
)  # fmt: skip
ASSET_FIELDS = (
    Field("model", _("Model"),
          aliases=("Model name", "Product", "Item", "Item name", "Item code", "Модель", "Наименование", "Оборудование",
                   "Үлгі", "Ürün", "型号"), required=True, limit=120,
          help=_("Added to the catalogue when it is not here yet.")),
    Field("maker", _("Maker"),
          aliases=("Manufacturer", "Brand", "Vendor", "Производитель", "Марка", "Изготовитель", "Бренд", "Marka",
                   "Üretici", "制造商"), limit=80),
    Field("category", _("Category"),
          aliases=("Equipment category", "Item group", "Type", "Категория", "Тип", "Вид", "Группа", "Санат", "Kategori",
                   "类别"), limit=80, help=_("Added when it is not here yet.")),
    _CUSTOMER, _SITE,
    Field("serial", _("Serial number"),
          aliases=("Serial", "Serial no", "Serial no.", "S/N", "SN", "Lot/Serial number", "Серийный номер",
                   "Заводской номер", "Серийный №", "Зав. №", "Сериялық нөмір", "Seri no", "序列号"), limit=80),
    Field("inventory_number", _("Inventory number"),
          aliases=("Asset tag", "Inventory no", "Inventory/Asset number", "Tag", "Инвентарный номер", "Инв. №",
                   "Инв. номер", "Demirbaş no", "资产编号"), limit=80),
    _REF,
    Field("building", _("Building"), aliases=("Block", "Корпус", "Здание", "Bina", "楼"), limit=80),
    Field("floor", pgettext_lazy("of a building", "Floor"), aliases=("Floor", "Level", "Этаж", "Kat", "楼层"), limit=80),
    Field("room", _("Room"), aliases=("Office", "Cabinet", "Кабинет", "Помещение", "Комната", "Бөлме", "Oda", "房间"),
          limit=80),
    Field("rack", _("Rack"), aliases=("Стойка", "Шкаф", "Kabin", "机架"), limit=80),
    Field("parent", _("Part of"),
          aliases=("Parent", "Parent serial", "Parent equipment", "Установлено в", "Родитель", "Ana ekipman"), limit=80,
          help=_("Serial number of the unit that this one is built into.")),
    Field("state", _("State"), Kind.CHOICE,
          ("Status", "Asset status", "Состояние", "Статус", "Күйі", "Durum", "状态"), choices=STATES),
    _CRITICALITY,
    Field("configuration", _("Configuration"), Kind.LONG,
          ("Specification", "Specs", "Конфигурация", "Характеристики", "Yapılandırma", "配置"), limit=20_000),
    Field("software", _("Software and key settings"), Kind.LONG,
          ("Software", "Operating system", "ПО", "Программное обеспечение", "Yazılım", "软件"), limit=20_000),
    Field("commissioned_on", _("In service since"), Kind.DATE,
          ("Commissioning date", "Commissioned on", "Installation date", "Purchase date", "Delivery date",
           "Effective date", "Дата ввода", "Дата ввода в эксплуатацию", "Введено", "Дата установки",
           "Devreye alma tarihi", "投用日期")),
    Field("owner_name", _("Owner"), aliases=("Owner name", "Whose", "Владелец", "Балансодержатель", "Sahibi"),
          limit=120),
    Field("warranty_from", _("Warranty from"), Kind.DATE,
          ("Warranty start", "Warranty start date", "Гарантия с", "Начало гарантии", "Garanti başlangıcı")),
    Field("warranty_until", _("Warranty until"), Kind.DATE,
          ("Warranty expiry date", "Warranty end", "Warranty expires", "Warranty expiration date",
           "Warranty expiration", "Warranty", "Гарантия до", "Окончание гарантии", "Garanti bitişi", "保修期至")),
    Field("vendor_warranty_until", _("Vendor's warranty until"), Kind.DATE,
          ("Vendor warranty", "Supplier warranty until", "Гарантия поставщика до", "Гарантия производителя до")),
    _NOTES,
)  # fmt: skip
_PER = _("per what")


def _included(name: str, label: LazyText, kind: Kind, aliases: tuple[str, ...]) -> tuple[Field, Field]:
    """An included service and its period: "Visits", "Visits per"."""
    per = Field(f"{name}_per", format_lazy("{}: {}", label, _PER), Kind.CHOICE,
                tuple(f"{one} {word}" for one in aliases for word in ("per", "period", "период", "в")),
                choices=PERIODS)  # fmt: skip
    return Field(name, label, kind, aliases, help=_("A number, or “unlimited”.")), per


def _promised(measure: str, label: LazyText, aliases: tuple[str, ...]) -> tuple[Field, ...]:
    """A promised time for each priority: "Response P1"."""
    return tuple(
        Field(f"{measure}_{priority}", format_lazy("{} P{}", label, str(priority)), Kind.LENGTH,
              tuple(f"{one} P{priority}" for one in aliases), help=_("Hours, or with a unit: 30 min."))
        for priority in range(1, 5)
    )  # fmt: skip


CONTRACT_FIELDS = (
    replace(_REF, label=_("Number in the old system"),
            aliases=("Contract number", "Contract No", "Number", "Agreement number", "Номер договора", "№ договора",
                     "Договор №", "Шарт нөмірі", "Sözleşme no", "合同编号", *_REF.aliases)),
    _CUSTOMER,
    Field("title", _("Title"),
          aliases=("Contract", "Contract name", "Agreement", "Name", "Subject", "Предмет договора", "Договор",
                   "Название", "Тақырып", "Sözleşme", "合同名称"), required=True, limit=200),
    Field("type", _("Type"), Kind.CHOICE,
          ("Contract type", "Kind", "Тип", "Вид договора", "Тип договора", "Түрі", "Tür", "类型"),
          choices=CONTRACT_TYPES),
    Field("starts_on", _("Starts on"), Kind.DATE,
          ("Start", "Start date", "Contract start", "Valid from", "From", "Дата начала", "Начало", "Действует с",
           "Басталуы", "Başlangıç tarihi", "开始日期"), required=True),
    Field("ends_on", _("Ends on"), Kind.DATE,
          ("End", "End date", "Contract end", "Valid until", "Until", "Expires", "Дата окончания", "Окончание",
           "Действует до", "Аяқталуы", "Bitiş tarihi", "结束日期"), required=True),
    Field("price", _("Price"), Kind.AMOUNT,
          ("Amount", "Sum", "Contract value", "Стоимость", "Сумма", "Цена", "Бағасы", "Tutar", "金额")),
    Field("currency", _("Currency"), aliases=("Валюта", "Para birimi", "货币"), limit=3),
    Field("billing_cycle", _("Billed"), Kind.CHOICE,
          ("Billing cycle", "Billing", "Invoiced", "Оплата", "Периодичность оплаты", "Төлем", "Faturalama", "计费周期"),
          choices=CYCLES),
    _OWNER,
    Field("hours", _("Service hours"),
          aliases=("Support hours", "Schedule", "Calendar", "Режим обслуживания", "Часы обслуживания",
                   "Қызмет уақыты", "Hizmet saatleri", "服务时间"), limit=80,
          help=_("Name of service hours that are here already; empty: around the clock.")),
    *_included("visits", _("Visits"), Kind.AMOUNT, ("Visits", "On-site visits", "Выезды", "Выездов", "Ziyaret", "上门次数")),
    *_included("labour", _("Hours on site"), Kind.LENGTH,
               ("Hours on site", "Engineer hours", "Labour hours", "Часы инженера", "Часы", "Saha saati", "现场工时")),
    *_included("remote", _("Remote hours"), Kind.LENGTH,
               ("Remote hours", "Remote support", "Удалённые часы", "Удалённая поддержка", "Uzak destek", "远程工时")),
    *_included("parts", _("Parts up to"), Kind.AMOUNT,
               ("Parts up to", "Spare parts", "Parts limit", "Запчасти", "Лимит запчастей", "Yedek parça", "备件上限")),
    *_promised("response", _("Response"), ("Реакция", "Время реакции", "Yanıt", "响应")),
    *_promised("recovery", _("Recovery"), ("Resolution", "Восстановление", "Решение", "Çözüm", "恢复")),
    Field("renews_itself", _("Renews itself"), Kind.YES_NO,
          ("Renewal", "Auto renewal", "Automatic renewal", "Auto-renew", "Пролонгация", "Автопродление",
           "Автоматическая пролонгация", "Otomatik yenileme", "自动续约")),
    Field("considerations", _("Special considerations"), Kind.LONG,
          ("Notes", "Comments", "Особые условия", "Примечание", "Özel koşullar", "备注"), limit=20_000),
    Field("in_force", _("In force"), Kind.YES_NO,
          ("Active", "Signed", "Действует", "Подписан", "Yürürlükte", "生效"),
          help=_("No: it comes in as a draft.")),
)  # fmt: skip
TICKET_FIELDS = (
    Field("title", _("Title"),
          aliases=("Subject", "Summary", "Name", "Issue", "Тема", "Заголовок", "Название", "Тақырып", "Konu", "主题"),
          required=True, limit=200),
    Field("text", _("Text"), Kind.LONG,
          ("Description", "Details", "Body", "Описание", "Текст", "Содержание", "Сипаттама", "Açıklama", "描述"),
          limit=50_000),
    replace(_CUSTOMER, required=False, help=_("May be empty when the contact or the serial number says it.")),
    Field("opened_at", _("Opened"), Kind.MOMENT,
          ("Opened at", "Created at", "Created time", "Created", "Created on", "Opening date", "Open date",
           "Creation date", "Date", "Issue date", "Дата создания", "Дата открытия", "Создана", "Создано", "Открыта",
           "Дата", "Açılış tarihi", "创建时间"), required=True),
    Field("closed_at", _("Closed"), Kind.MOMENT,
          ("Closed at", "Solved at", "Resolved time", "Closed time", "Closing date", "Resolution date",
           "Date of resolution", "Resolved at", "Close date", "Дата закрытия", "Дата решения", "Закрыта", "Закрыто",
           "Выполнена", "Kapanış tarihi", "关闭时间")),
    Field("changed_at", _("Last changed"), Kind.MOMENT,
          ("Updated at", "Last update time", "Last update", "Last updated on", "Modified", "Изменена", "Обновлена",
           "Последнее изменение"),
          help=_("Stands in for the closing date where that is missing.")),
    Field("status", _("Status"), Kind.CHOICE, ("State", "Stage", "Статус", "Состояние", "Мәртебе", "Durum", "状态"),
          choices=STATUSES),
    Field("reason", _("Reason"),
          aliases=("Type", "Ticket type", "Issue type", "Category", "Причина", "Тип", "Категория", "Вид", "Себеп",
                   "Neden", "类型"), limit=80,
          help=_("One of the reasons of your directory; anything else becomes a consultation.")),
    Field("priority", _("Priority"), Kind.CHOICE, ("Urgency", "Приоритет", "Срочность", "Басымдық", "Öncelik", "优先级"),
          choices=PRIORITIES),
    _SITE,
    Field("asset", _("Equipment"),
          aliases=("Serial number", "Serial no", "Serial", "Asset", "Equipment serial", "Associated element",
                   "Associated elements", "Серийный номер", "Оборудование", "Заводской номер", "Жабдық", "Seri no",
                   "序列号"), limit=80, help=_("Serial or inventory number of a unit that is here already.")),
    Field("contact", _("Contact"),
          aliases=("Requester email", "Requester", "Contact e-mail", "Contact email", "Email", "E-mail", "Raised by",
                   "Customer email", "Заявитель", "Контакт", "Инициатор", "Автор", "Talep eden", "联系人"),
          limit=254, help=_("E-mail or name of a contact that is here already.")),
    _OWNER, _REF,
    Field("done", _("What was done"), Kind.LONG,
          ("Resolution details", "Solution", "Resolution", "Что сделано", "Решение", "Выполненные работы", "Çözüm",
           "解决方案"), limit=20_000),
    Field("result", _("Result"), Kind.LONG, ("Outcome", "Результат", "Итог", "Нәтиже", "Sonuç", "结果"), limit=20_000),
)  # fmt: skip

FIELDS: dict[str, tuple[Field, ...]] = {
    ImportRun.Entity.CUSTOMERS: CUSTOMER_FIELDS,
    ImportRun.Entity.CONTACTS: CONTACT_FIELDS,
    ImportRun.Entity.SITES: SITE_FIELDS,
    ImportRun.Entity.ASSETS: ASSET_FIELDS,
    ImportRun.Entity.CONTRACTS: CONTRACT_FIELDS,
    ImportRun.Entity.TICKETS: TICKET_FIELDS,
}
MODEL_OF = {
    ImportRun.Entity.CUSTOMERS: "customers.customer",
    ImportRun.Entity.CONTACTS: "customers.contact",
    ImportRun.Entity.SITES: "customers.site",
    ImportRun.Entity.ASSETS: "equipment.asset",
    ImportRun.Entity.CONTRACTS: "contracts.contract",
    ImportRun.Entity.TICKETS: "tickets.ticket",
}
_KIND_OF_RULE = {
    FieldRule.Kind.DATE: Kind.DATE,
    FieldRule.Kind.YES_NO: Kind.YES_NO,
    FieldRule.Kind.TEXT: Kind.LONG,
}


def fields_of(entity: str) -> list[Field]:
    """Return the fields of an entity, the custom ones of this house included."""
    return [*FIELDS[entity], *_custom_fields(entity)]


def reserved_headings() -> dict[str, str]:
    """The two columns that a file to mend adds to the original ones."""
    return {"reason": gettext("What is wrong"), "remedy": gettext("How to mend it")}


def _custom_fields(entity: str) -> Iterator[Field]:
    for rule in core_fields.rules_for(MODEL_OF[ImportRun.Entity(entity)]):
        if rule.custom:
            kind = _KIND_OF_RULE.get(FieldRule.Kind(rule.kind), Kind.TEXT)
            yield Field(CUSTOM + rule.name, rule.label, kind, (rule.name,), rule.mandatory, 2_000)
