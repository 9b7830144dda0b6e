/**
 * What a page may do: run and show what this server sent, and talk to this server. No inline script or style, nothing from elsewhere, no frame around it, and no
 * text of an event that a script could take for code (trusted types).
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');
