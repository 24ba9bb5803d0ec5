// Draws every `.chart` of a page from the JSON that stands beside it. The server builds the whole option: nothing is computed here.
//
//   <div class="chart" data-option="ID of an application/json script" data-unit="%" data-digits="1"></div>
//
// Without this script, or without ECharts, the place stays empty and takes no room: the table below has the same numbers.
"use strict";
{
  const PALETTES = {
    light: ["#1f7a6d", "#c4780a", "#3b6fb6", "#b3403a", "#7a5aa6", "#6b7a78"],
    dark: ["#4fc3b0", "#f0b252", "#86b3f2", "#f08a80", "#bda3e6", "#a5b5b2"],
  };
  const preferred = window.matchMedia("(prefers-color-scheme: dark)");

  // Django's admin writes "light", "dark" or "auto" on the root; pages outside it follow the system.
  function isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen === "dark" || (chosen !== "light" && preferred.matches);
  }

  function theme(place) {
    const style = getComputedStyle(place);
    const text = style.color;
    const line = style.getPropertyValue("--hairline-color").trim() || (isDark() ? "#353535" : "#e8e8e8");
    const ground = style.getPropertyValue("--body-bg").trim() || (isDark() ? "#121212" : "#ffffff");
    const axis = {
      axisLabel: { color: text },
      nameTextStyle: { color: text },
      axisLine: { lineStyle: { color: line } },
      axisTick: { lineStyle: { color: line } },
      splitLine: { lineStyle: { color: line } },
    };
    return {
      color: PALETTES[isDark() ? "dark" : "light"],
      backgroundColor: "transparent",
      darkMode: isDark(),
      textStyle: { color: text, fontFamily: style.fontFamily },
      legend: {
        textStyle: { color: text },
        inactiveColor: line,
        pageIconColor: text,
        pageIconInactiveColor: line,
        pageTextStyle: { color: text },
      },
      tooltip: { backgroundColor: ground, borderColor: line, textStyle: { color: text } },
      visualMap: { textStyle: { color: text } },
      line: { markLine: { lineStyle: { color: text }, label: { color: text } } },
      categoryAxis: axis,
      valueAxis: axis,
    };
  }

  function optionOf(place) {
    const option = JSON.parse(document.getElementById(place.dataset.option).textContent);
    // The one thing JSON cannot say: how a number is written.
    const writer = (unit, digits) => (value) =>
      typeof value === "number" ? `${value.toFixed(digits)}${unit && unit !== "%" ? ` ${unit}` : unit}` : "—";
    option.tooltip = {
      confine: true,
      valueFormatter: writer(place.dataset.unit || "", Number(place.dataset.digits || 0)),
      ...option.tooltip,
    };
    // A series may have a unit and digits of its own, and take the colour of another: its place in the palette.
    for (const series of option.series) {
      if ("digits" in series) series.tooltip = { valueFormatter: writer(series.unit, series.digits), ...series.tooltip };
      if ("palette" in series) series.color = PALETTES[isDark() ? "dark" : "light"][series.palette];
    }
    return option;
  }

  function draw(place) {
    const before = window.echarts.getInstanceByDom(place);
    if (before) before.dispose();
    place.classList.add("chart-drawn");
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    window.echarts.init(place, theme(place)).setOption({ animation: !still, ...optionOf(place) });
  }

  function start() {
    if (!window.echarts) return;
    const places = Array.from(document.querySelectorAll(".chart[data-option]"));
    const widths = new ResizeObserver((entries) => {
      for (const entry of entries) {
        const chart = window.echarts.getInstanceByDom(entry.target);
        // Nothing can be measured in a closed <details>.
        if (chart && entry.contentRect.width > 0) chart.resize();
      }
    });
    for (const place of places) {
      draw(place);
      widths.observe(place);
    }
    const redraw = () => places.forEach(draw);
    preferred.addEventListener("change", redraw);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}
