/** What was typed into a field of a form, without blanks around it unless it is a secret. */
export function formText(form: FormData, name: string, { trim = true }: { readonly trim?: boolean } = {}): string {
  const value = form.get(name);
  const text = typeof value === 'string' ? value : '';
  return trim ? text.trim() : text;
}
