//! Services, and the objects that they have.

/// Services, as they are named in configurations and in sentences, and the objects that all of them have.
/// An object is `name | explanation | arguments | words of users`.
pub(crate) struct Domain {
    pub(crate) services: &'static [(&'static str, &'static str)],
    pub(crate) objects: [&'static str; 8],
}

/// Domains of offices. Some words of users have nothing in common with those of the tools, such as
/// "undertaking" for a project: they are found only where a description happens to contain them.
pub(crate) const OFFICE: [Domain; 8] = [
    Domain {
        services: &[("github", "GitHub"), ("gitlab", "GitLab"), ("bitbucket", "Bitbucket")],
        objects: [
            "issue|A report of a defect or a wish, with a title and a state|repo title body labels|bug report, problem",
            "pull_request|A proposal to merge the commits of one branch into another|repo head base title|merge proposal, pull request",
            "branch|A line of development in a repository|repo branch ref|branch, development branch",
            "release|A published version with notes and binaries|repo tag notes draft|published version, release",
            "label|A coloured tag for issues|repo label color|tag, category",
            "comment|A remark on an issue or a pull request|repo number body|remark, reply",
            "webhook|An address that is called when something happens in a repository|repo url events|callback address, hook",
            "milestone|A group of issues with a due date|repo title due_on|milestone, deadline",
        ],
    },
    Domain {
        services: &[
            ("jira", "Jira"),
            ("linear", "Linear"),
            ("asana", "Asana"),
            ("trello", "Trello"),
        ],
        objects: [
            "task|A unit of work with an assignee and a due date|project title assignee due|todo, piece of work",
            "project|A collection of tasks of a team|name lead description|project, undertaking",
            "sprint|A period of two weeks with its planned work|project start end goal|iteration, sprint",
            "worklog|Time that was spent on a task|task seconds started|hours, time entry",
            "attachment|A file that belongs to a task|task filename content|attached document, enclosure",
            "board|Columns through which tasks move|name columns project|kanban board, board",
            "member|A person in a workspace|email role workspace|colleague, team member",
            "custom_field|An additional property of tasks|name type options|extra property, custom field",
        ],
    },
    Domain {
        services: &[("slack", "Slack"), ("teams", "Microsoft Teams"), ("discord", "Discord")],
        objects: [
            "message|A text in a channel or a direct conversation|channel text thread|post, note to the others",
            "channel|A place where members of a workspace talk about a topic|name topic private|chat room, room",
            "user|A member of the workspace|user email|person, member",
            "reaction|An emoji on a message|channel timestamp emoji|emoji, thumbs up",
            "file|A shared document or picture|channel filename content|document, picture",
            "reminder|A message that is shown at a given time|text time user|reminder, nudge",
            "bookmark|A link at the top of a channel|channel title link|pinned link, bookmark",
            "user_group|A set of users that is mentioned together|handle name users|mention group, group of people",
        ],
    },
    Domain {
        services: &[("gmail", "Gmail"), ("outlook", "Outlook"), ("fastmail", "Fastmail")],
        objects: [
            "email|A message with recipients, a subject and a body|to subject body cc|mail, letter",
            "draft|An email that is not sent yet|to subject body|unsent mail, draft",
            "mail_rule|A filter that sorts incoming mail|condition action|filter, sorting rule",
            "contact|An entry of the address book|name email phone|address book entry, person's address",
            "event|An appointment with a begin, an end and attendees|calendar title start end attendees|meeting, appointment",
            "calendar|A set of events|name color timezone|calendar, agenda",
            "signature|Text at the end of each email|name text|closing lines, signature",
            "mail_folder|A place for emails, such as the inbox or the archive|name parent|mail directory, mail folder",
        ],
    },
    Domain {
        services: &[
            ("dropbox", "Dropbox"),
            ("google_drive", "Google Drive"),
            ("onedrive", "OneDrive"),
        ],
        objects: [
            "file|A stored document|path content mime_type|document, spreadsheet file",
            "folder|A directory of files|path name|directory, folder",
            "share_link|A URL that gives others access to a file|path expires password|public link, sharing url",
            "file_version|An earlier state of a file|path revision|previous revision, older version",
            "permission|The right of a person to read or change a file|path email role|access right, access",
            "file_comment|A remark on a file|path text|annotation, remark on a document",
            "file_request|A form through which others upload files|title folder deadline|upload form, upload request",
            "shortcut|A reference to a file in another folder|target folder|alias, shortcut",
        ],
    },
    Domain {
        services: &[
            ("salesforce", "Salesforce"),
            ("hubspot", "HubSpot"),
            ("pipedrive", "Pipedrive"),
        ],
        objects: [
            "contact|A person at a company|first_name last_name email company|person, business contact",
            "company|An organization that we sell to|name domain industry|firm, client organisation",
            "deal|An opportunity with an amount and a stage|name amount stage company|sales opportunity, opportunity",
            "lead|A possible customer who has not been qualified|name email source|prospect, potential customer",
            "note|Text about a contact, a company or a deal|text contact deal|memo, note",
            "call_log|A phone call with its outcome|contact duration outcome|phone call, telephone conversation",
            "quote|An offer with prices for a deal|deal items discount valid_until|price offer, quotation",
            "pipeline|The stages through which deals move|name stages|sales process, pipeline",
        ],
    },
    Domain {
        services: &[("shopify", "Shopify"), ("woocommerce", "WooCommerce"), ("square", "Square")],
        objects: [
            "product|An article for sale with its variants|title price sku|item for sale, article",
            "order|A purchase of a customer|customer items shipping|purchase, order",
            "customer|A person who has bought something|email name address|buyer, client",
            "discount_code|A code that lowers the price|code percent expires|coupon, voucher",
            "refund|Money that goes back to a customer|order amount reason|reimbursement, money back",
            "invoice|A bill for an order|order due_date tax|bill, invoice",
            "shipment|A parcel on its way to a customer|order carrier tracking|parcel, package",
            "gift_card|A card with a balance to pay with|code balance currency|gift voucher, gift card",
        ],
    },
    Domain {
        services: &[("datadog", "Datadog"), ("grafana", "Grafana"), ("pagerduty", "PagerDuty")],
        objects: [
            "dashboard|A page with charts of metrics|title panels tags|page of charts, dashboard",
            "alert_rule|A condition on a metric that raises an alarm|metric threshold window|alarm condition, alarm",
            "incident|An outage or another disturbance that people work on|title severity service|outage, incident",
            "log_query|A stored filter over log lines|query timespan|saved log filter, log query",
            "service|A program that is monitored|name owner tier|monitored application, service",
            "oncall_schedule|The times at which people are on duty|name rotation users|duty roster, rota",
            "maintenance_window|A time in which alarms are silent|service start end|downtime, quiet period",
            "runbook|Instructions for an incident|title steps service|instructions for emergencies, runbook",
        ],
    },
];

/// Domains of everyday life and of computing.
pub(crate) const LIFE: [Domain; 8] = [
    Domain {
        services: &[("workday", "Workday"), ("bamboohr", "BambooHR"), ("personio", "Personio")],
        objects: [
            "employee|A person who works for the company|first_name last_name department|staff member, employee",
            "absence|Days on which somebody does not work|employee start end reason|vacation, day off",
            "payslip|A document with the salary of a month|employee month amount|salary statement, payslip",
            "job_opening|A position that is to be filled|title department location|vacancy, open position",
            "applicant|A person who wants the job|name email opening|candidate, applicant",
            "timesheet|The hours that were worked in a week|employee week hours|working hours, timesheet",
            "training|A course for employees|title date trainer|course, training",
            "expense_report|Costs that an employee wants back|employee items total|travel expenses, expense report",
        ],
    },
    Domain {
        services: &[
            ("xero", "Xero"),
            ("quickbooks", "QuickBooks"),
            ("sap", "SAP"),
            ("datev", "DATEV"),
        ],
        objects: [
            "invoice|A bill to a customer|customer lines due_date|bill, invoice",
            "bank_account|An account with its balance|iban bank currency|account at the bank, bank account",
            "journal_entry|A booking between two accounts|debit credit amount date|booking, journal entry",
            "vendor|A company that we buy from|name address tax_number|supplier, vendor",
            "purchase_order|An order to a vendor|vendor items delivery_date|order to a supplier, purchase order",
            "budget|Planned amounts of a department|department year amount|planned spending, budget",
            "tax_return|A declaration to the tax office|period form amount|tax declaration, tax return",
            "cost_center|A part of the company to which costs belong|number name manager|cost center, department for costs",
        ],
    },
    Domain {
        services: &[("booking", "Booking.com"), ("expedia", "Expedia"), ("amadeus", "Amadeus")],
        objects: [
            "flight|A connection by air|origin destination date|plane, flight",
            "hotel_room|A place to sleep|city check_in check_out guests|room in a hotel, hotel room",
            "rental_car|A car that is rented|location pick_up return class|car for hire, rental car",
            "itinerary|All parts of a journey|name start end|trip plan, itinerary",
            "traveler|A person who travels|name passport birthday|passenger, traveler",
            "train_ticket|A seat on a train|from to date class|rail ticket, train ticket",
            "travel_insurance|Cover for illness and cancellation|traveler start end|insurance for the trip, travel insurance",
            "loyalty_card|A membership with points|program number tier|bonus card, loyalty card",
        ],
    },
    Domain {
        services: &[("epic", "Epic"), ("cerner", "Cerner"), ("doctolib", "Doctolib")],
        objects: [
            "patient|A person who is treated|name birthday insurance|patient, sick person",
            "appointment|A time with a doctor|patient doctor start|visit, appointment",
            "prescription|Medicine that a doctor orders|patient drug dose|medication, prescription",
            "lab_result|Values of an examination of blood|patient test value unit|blood test, lab result",
            "diagnosis|A disease with its code|patient code text|disease, diagnosis",
            "allergy|A substance that a patient does not bear|patient substance severity|allergic reaction, allergy",
            "referral|A letter to another doctor|patient doctor reason|transfer to a specialist, referral",
            "vaccination|A dose of a vaccine|patient vaccine date|shot, vaccination",
        ],
    },
    Domain {
        services: &[
            ("homeassistant", "Home Assistant"),
            ("smartthings", "SmartThings"),
            ("hue", "Hue"),
        ],
        objects: [
            "light|A lamp with brightness and color|room brightness color|lamp, light",
            "scene|Settings of several devices|name devices|mood, scene",
            "thermostat|A device that holds a temperature|room temperature mode|heating, thermostat",
            "automation|A rule with a trigger and actions|trigger condition actions|rule, automation",
            "camera|A device that records pictures|room resolution|video camera, camera",
            "door_lock|A lock that opens with a code|door code|lock of the front door, door lock",
            "sensor|A device that measures|room kind unit|measuring device, sensor",
            "speaker|A device that plays music|room volume|loudspeaker, speaker",
        ],
    },
    Domain {
        services: &[("moodle", "Moodle"), ("canvas", "Canvas"), ("classroom", "Google Classroom")],
        objects: [
            "course|A class with its students|title term teacher|class, course",
            "assignment|Homework with a due date|course title due points|homework, assignment",
            "submission|The work that a student hands in|assignment student file|handed in work, submission",
            "grade|The mark of a student|student assignment points|mark, grade",
            "quiz|Questions with answers|course title questions|test, quiz",
            "student|A person who learns|name email year|pupil, student",
            "announcement|A message to all students of a course|course title text|notice, announcement",
            "lecture|A lesson with slides|course title date|lesson, lecture",
        ],
    },
    Domain {
        services: &[("aws", "AWS"), ("azure", "Azure"), ("gcloud", "Google Cloud")],
        objects: [
            "virtual_machine|A computer in the cloud|image size region|server, virtual machine",
            "storage_bucket|A container of objects|name region class|bucket, object storage",
            "database_instance|A managed database|engine size version|database, database instance",
            "dns_record|A name of a domain and its address|zone name kind value|domain name entry, dns record",
            "load_balancer|A program that spreads requests|name targets port|traffic distributor, load balancer",
            "firewall_rule|A rule about allowed connections|source port action|network rule, firewall rule",
            "secret|A password for programs|name value|credential, secret",
            "kubernetes_cluster|Machines that run containers|name nodes version|cluster for containers, kubernetes cluster",
        ],
    },
    Domain {
        services: &[("spotify", "Spotify"), ("youtube", "YouTube"), ("wordpress", "WordPress")],
        objects: [
            "playlist|A list of songs or videos|title items public|playlist, collection of songs",
            "podcast_episode|An episode of a show|show title audio|podcast, episode",
            "video|A film with title and thumbnail|title file tags|clip, video",
            "comment|A remark of a visitor|target text author|reply, comment",
            "channel|A place where somebody publishes|name description|channel, profile",
            "blog_post|An article with text and pictures|title body category|article, blog post",
            "subscriber|A person who follows|email name|follower, subscriber",
            "thumbnail|A small picture|target image|preview image, thumbnail",
        ],
    },
];
