/**
 * Tells the styles how wide the room is that a page keeps free for its scroll bar: the head stands above what is scrolled, and ends where it ends. None where bars
 * lie over the text.
 */
export function measureGutter(): void {
  const probe = document.createElement('div');
  probe.style.cssText = 'position:absolute;visibility:hidden;width:60px;height:60px;overflow:auto;scrollbar-gutter:stable';
  const inside = document.createElement('div');
  probe.append(inside);
  document.body.append(probe);
  document.documentElement.style.setProperty('--gutter', `${probe.offsetWidth - inside.offsetWidth}px`);
  probe.remove();
}
