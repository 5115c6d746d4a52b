{{- define "webservice.fullname" -}}
{{ .Values.main_app.name }}-{{ .Release.Name }}
{{- end -}}

{{- define "webservice.routed_via" -}}
{{ .Values.routed_via | default .Release.Name }}
{{- end -}}

{{- define "webservice.selector" -}}
app: {{ .Values.main_app.name }}
release: {{ .Release.Name }}
{{- end -}}

{{- define "webservice.labels" -}}
{{ include "webservice.selector" . }}
chart: {{ .Chart.Name }}-{{ .Chart.Version }}
heritage: {{ .Release.Service }}
{{- end -}}
