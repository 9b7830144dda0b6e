// Entry of `npm run bench`: the server under test is the built one, the bench itself runs from source.
import '../scripts/from-source.mjs';

await import('./main.ts');
