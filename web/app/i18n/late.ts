// Messages of faces that few people open: fetched with the face, not with the first screen.
const late = {
  admin: { en: () => import('./en/admin.json'), fr: () => import('./fr/admin.json'), ru: () => import('./ru/admin.json') },
  billing: { en: () => import('./en/billing.json'), fr: () => import('./fr/billing.json'), ru: () => import('./ru/billing.json') },
  call: { en: () => import('./en/call.json'), fr: () => import('./fr/call.json'), ru: () => import('./ru/call.json') },
  client: { en: () => import('./en/client.json'), fr: () => import('./fr/client.json'), ru: () => import('./ru/client.json') },
  firstrun: { en: () => import('./en/firstrun.json'), fr: () => import('./fr/firstrun.json'), ru: () => import('./ru/firstrun.json') },
  mail: { en: () => import('./en/mail.json'), fr: () => import('./fr/mail.json'), ru: () => import('./ru/mail.json') },
  oncall: { en: () => import('./en/oncall.json'), fr: () => import('./fr/oncall.json'), ru: () => import('./ru/oncall.json') },
  planning: { en: () => import('./en/planning.json'), fr: () => import('./fr/planning.json'), ru: () => import('./ru/planning.json') },
  left: { en: () => import('./en/left.json'), fr: () => import('./fr/left.json'), ru: () => import('./ru/left.json') },
  presence: { en: () => import('./en/presence.json'), fr: () => import('./fr/presence.json'), ru: () => import('./ru/presence.json') },
  redaction: { en: () => import('./en/redaction.json'), fr: () => import('./fr/redaction.json'), ru: () => import('./ru/redaction.json') },
  scheduled: { en: () => import('./en/scheduled.json'), fr: () => import('./fr/scheduled.json'), ru: () => import('./ru/scheduled.json') },
  shifts: { en: () => import('./en/shifts.json'), fr: () => import('./fr/shifts.json'), ru: () => import('./ru/shifts.json') },
  staffing: { en: () => import('./en/staffing.json'), fr: () => import('./fr/staffing.json'), ru: () => import('./ru/staffing.json') },
};

export default late;
