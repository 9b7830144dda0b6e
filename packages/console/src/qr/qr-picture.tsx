import { qrCodeOf } from './qr-code.ts';

/** Readers want four light modules around the code, and dark on light in every theme. */
const QUIET = 4;

/** A QR code as one path: no image, no script, nothing that the page's policy would have to allow. */
export function QrPicture({ text, label }: { readonly text: string; readonly label: string }) {
  const code = qrCodeOf(text);
  const size = code.length + 2 * QUIET;
  const path = code.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : []))).join('');
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
