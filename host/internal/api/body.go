package api

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/request"
)

// formats reads requests as the contract wants it and writes JSON with Korean as it is.
func formats() map[string]huma.Format {
	format := huma.Format{
		Marshal:   huma.DefaultJSONFormat.Marshal,
		Unmarshal: request.Decode,
	}
	return map[string]huma.Format{"application/json": format, "json": format, "text/csv": format}
}
