/** What typedoc's pages lack for people who do not look at them, or do not point: put into the HTML that it writes. */

/** @param html a page, whole */
export function accessible(html: string): string {
  return (
    html
      // One landmark for the content, and names for the others.
      .replaceAll('<div class="col-content">', '<div class="col-content" role="main">')
      .replaceAll('<nav class="tsd-navigation">', '<nav class="tsd-navigation" aria-label="Pages and reference">')
      .replaceAll(
        '<nav id="tsd-sidebar-links" class="tsd-navigation">',
        '<nav id="tsd-sidebar-links" class="tsd-navigation" aria-label="Elsewhere">',
      )
      .replaceAll('<div class="page-menu">', '<div class="page-menu" role="complementary" aria-label="This page">')
      // Beside the page they are no part of its outline.
      .replaceAll(/<h3>(Settings|On This Page)/g, '<h3 aria-level="2">$1')
      // What opens and closes is no place for another link.
      .replaceAll(/<summary.*?<\/summary>/gs, (summary) =>
        summary.replaceAll(/<a [^>]*class="tsd-anchor-icon"[^>]*>.*?<\/a>/gs, ''),
      )
      // A corner is no heading.
      .replaceAll(/<th( [^>]*)?><\/th>/g, '<td$1></td>')
      // They may scroll, and can be reached by keyboard then.
      .replaceAll(/<(table|pre)>/g, '<$1 tabindex="0">')
  )
}
