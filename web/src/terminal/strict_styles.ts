/**
 * xterm.js makes its styles as `style` elements and `style` attributes, which `style-src 'self'` refuses. Sheets and
 * declarations of the object model are allowed, and say the same.
 */

/** While xterm.js opens, which is when it makes its `style` elements. */
export function whileStrict(real: Document, open: () => void): void {
  const make = real.createElement.bind(real)
  const strict = (tag: string): HTMLElement => (tag === 'style' ? styleElement(real, make) : make(tag))
  real.createElement = strict as Document['createElement']
  try {
    open()
  } finally {
    Reflect.deleteProperty(real, 'createElement')
  }
}

/** Colours that are not of the palette, or that lack contrast, come as a `style` attribute of a span. */
export function declareStylesOfSpans(): void {
  HTMLSpanElement.prototype.setAttribute = function (name, value) {
    if (name === 'style') this.style.cssText = value
    else Element.prototype.setAttribute.call(this, name, value)
  }
}

/** Stands where the `style` element would, and hands its text to a sheet of its own. */
function styleElement(real: Document, make: (tag: string) => HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet()
  const element = make('span')
  element.hidden = true
  real.adoptedStyleSheets = [...real.adoptedStyleSheets, sheet]
  let text = ''
  Object.defineProperty(element, 'textContent', {
    get: () => text,
    set: (css: string) => {
      text = css
      sheet.replaceSync(css)
    },
  })
  const remove = element.remove.bind(element)
  element.remove = () => {
    real.adoptedStyleSheets = real.adoptedStyleSheets.filter((one) => one !== sheet)
    remove()
  }
  return element
}
