export { type Company, type CompanyOptions, startCompany } from './applications/company.ts';
export { type CompanyDatabase, openPostgres } from './applications/database.ts';
export { type Application, APPLICATIONS } from './applications/deeds.ts';
export { NEW_KEY, RESCUER, STOLEN_KEY, VICTIM, WHEN } from './bad-day/cast.ts';
export { type Story, storyOf } from './bad-day/story.ts';
export { generateHistory, type HistoryEvent, type HistoryOptions, spanOf } from './history/history.ts';
export { sendHistory, type Sent, type SendOptions } from './history/send.ts';
export { liveTraffic, type TrafficOptions } from './live/traffic.ts';
