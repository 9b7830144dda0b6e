/** Line icons on a grid of 16, drawn for the console; decoration, never the only sign of a meaning. */
const PATHS = {
  overview: 'M2.500 13.500h11M4 11V8M8 11V3.500M12 11V6',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.300 10.300l3.200 3.200',
  live: 'M8 9.200a1.200 1.200 0 1 0 0-2.400 1.200 1.200 0 0 0 0 2.400zM5 11a4.200 4.200 0 0 1 0-6M11 5a4.200 4.200 0 0 1 0 6M3 13a7.100 7.100 0 0 1 0-10M13 3a7.100 7.100 0 0 1 0 10',
  sql: 'M2.500 4l3 3-3 3M7.500 11.500h6',
  evidence: 'M9 2H4.500v12h7V4.500L9 2zM9 2v2.500h2.500M6.300 9.200l1.400 1.400 2.300-2.700',
  integrity: 'M8 2l5 1.800v3.700c0 3.200-2.100 5.400-5 6.500-2.900-1.100-5-3.300-5-6.500V3.800L8 2zM5.800 7.900l1.600 1.600 2.900-3.200',
  coverage: 'M2.500 2.500h4v4h-4zM9.500 2.500h4v4h-4zM2.500 9.500h4v4h-4zM9.800 11.700l1.300 1.300 2.400-2.900',
  quarantine: 'M2.500 5.500h11v8h-11zM2.500 5.500l2-3h7l2 3M6 8.500h4',
  settings:
    'M2.500 4.500h6M11.500 4.500h2M10 6a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3zM13.500 11.500h-6M4.500 11.500h-2M6 13a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3z',
  user: 'M8 8a2.700 2.700 0 1 0 0-5.400A2.700 2.700 0 0 0 8 8zM3 13.500c.6-2.400 2.600-3.600 5-3.600s4.400 1.200 5 3.600',
  close: 'M4 4l8 8M12 4l-8 8',
  down: 'M4.500 6.500L8 10l3.500-3.500',
  plus: 'M8 3.500v9M3.500 8h9',
  minus: 'M3.500 8h9',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  play: 'M5 3.500v9l7-4.500-7-4.500z',
  download: 'M8 2.500v7M5 7l3 3 3-3M3 13.500h10',
  link: 'M6.800 9.200a2.400 2.400 0 0 0 3.400 0l2-2a2.400 2.400 0 0 0-3.400-3.400l-.8.800M9.200 6.800a2.400 2.400 0 0 0-3.400 0l-2 2a2.400 2.400 0 0 0 3.400 3.400l.8-.800',
  columns: 'M2.500 3h11v10h-11zM6.200 3v10M9.800 3v10',
  refresh: 'M13 8a5 5 0 1 1-1.500-3.600M13 2.500v2.800h-2.800',
  clock: 'M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM8 5v3.200l2 1.300',
  sun: 'M8 10.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.900M11.700 11.700l.9.900M3.400 12.600l.9-.9M11.700 4.300l.9-.9',
  moon: 'M13 9.600A5.500 5.500 0 0 1 6.400 3a5.500 5.500 0 1 0 6.600 6.600z',
  menu: 'M2.500 4.500h11M2.500 8h11M2.500 11.500h11',
  warning: 'M8 2.500l6 11H2l6-11zM8 6.500v3.200M8 11.500v.3',
  check: 'M3.500 8.500l3 3 6-7',
  lock: 'M4 7.500h8v6H4zM5.500 7.500V5.300a2.500 2.500 0 0 1 5 0v2.200',
  back: 'M10 3.500L5.500 8l4.500 4.500',
  out: 'M6.500 3H3v10h3.500M7 8h6.500M11 5.500L13.500 8 11 10.500',
  help: 'M6 6a2 2 0 1 1 2.800 1.900c-.5.200-.8.600-.8 1.200v.4M8 11.800v.3M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Mark() {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <rect width="20" height="20" rx="5" fill="var(--primary)" />
      <path
        d="M6 5.300h3.600c2.900 0 4.900 1.900 4.900 4.700s-2 4.700-4.900 4.700H6zM6 10h4.600"
        fill="none"
        stroke="var(--primary-ink)"
        strokeWidth="1.500"
      />
    </svg>
  );
}
