/** Tells the styles how wide a scroll bar is here: heads stand above what is scrolled, and end where it ends. None where bars lie over the text. */
export function measureGutter(): void {
  const probe = document.createElement('div');
  probe.style.cssText = 'position:absolute;visibility:hidden;width:60px;height:60px;overflow:scroll';
  document.body.append(probe);
  document.documentElement.style.setProperty('--gutter', `${probe.offsetWidth - probe.clientWidth}px`);
  probe.remove();
}
